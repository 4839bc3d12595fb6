import { UserError } from './errors.ts'
import { Interrupted } from './proof.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs a command: what a user can do something about is one line on stderr.
 *
 * @param name what the line begins with
 * @returns the exit code: 130 after Ctrl+C
 */
export async function runCommand(
  name: string,
  terminal: Terminal,
  command: () => Promise<void>
): Promise<number> {
  try {
    await command()
    return 0
  } catch (error) {
    if (error instanceof Interrupted) {
      terminal.printError(`${name}: interrupted${error.message && `; ${error.message}`}`)
      return 130
    }
    if (!(error instanceof UserError)) throw error
    terminal.printError(`${name}: ${error.message}${error.exitCode === 2 ? `; see ${name} --help` : ''}`)
    return error.exitCode
  }
}
