import { openQuestions, type Questions } from './questions.ts'

/** What a command reads and writes. */
export interface Terminal {
  /** Where relative folders are. */
  cwd: string
  environment: NodeJS.ProcessEnv
  print(line: string): void
  printError(line: string): void
  /** What asks a person; undefined without a terminal, where nothing is asked. */
  questions(): Promise<Questions | undefined>
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  return {
    cwd: process.cwd(),
    environment: process.env,
    print: (line) => stdout.write(`${line}\n`),
    printError: (line) => stderr.write(`${line}\n`),
    questions: async () => (stdin.isTTY && stdout.isTTY ? openQuestions() : undefined)
  }
}
