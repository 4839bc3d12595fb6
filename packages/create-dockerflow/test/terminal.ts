import type { Questions } from '../src/questions.ts'
import type { Terminal } from '../src/terminal.ts'

/** A terminal in a test: what was printed, and who answers. */
export function testTerminal(cwd: string, answers?: Partial<Questions>, environment: NodeJS.ProcessEnv = {}) {
  const out: string[] = []
  const err: string[] = []
  const refuse = async (message: string): Promise<never> => {
    throw new Error(`not expected to be asked: ${message}`)
  }
  const questions: Questions = {
    text: refuse,
    confirm: refuse,
    choose: refuse,
    chooseSome: refuse,
    ...answers
  }
  const terminal: Terminal = {
    cwd,
    environment,
    print: (line) => out.push(...line.split('\n')),
    printError: (line) => err.push(line),
    questions: async () => (answers ? questions : undefined)
  }
  return { terminal, out, err }
}
