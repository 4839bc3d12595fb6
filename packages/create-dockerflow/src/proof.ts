import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { UserError } from './errors.ts'

/** A program and its arguments. */
export type Command = [program: string, ...args: string[]]

// Windows' npm is a script for its shell.
const shell = process.platform === 'win32'

/** The version that a package manager says it has; undefined where it isn't installed. */
export function versionOf(manager: string, cwd: string): string | undefined {
  const { status, stdout } = spawnSync(manager, ['--version'], { cwd, encoding: 'utf8', shell })
  const version = stdout?.trim()
  return status === 0 && /^\d+\.\d+\.\d+$/.test(version) ? version : undefined
}

/** Installs, and may write the lock file, which yarn 2 and later refuse to do in CI. */
export const installCommand = (manager: string, version = ''): Command =>
  manager === 'yarn' && !version.startsWith('1.')
    ? ['yarn', 'install', '--no-immutable']
    : [manager, 'install']

/** The program was ended by a signal of a person's. */
export class Interrupted extends Error {
  override name = 'Interrupted'
}

/**
 * Runs the commands one after the other, and shows what they print.
 *
 * @throws {UserError} which names the command that failed
 * @throws {Interrupted} at Ctrl+C
 */
export async function prove(commands: Command[], cwd: string, print: (line: string) => void): Promise<void> {
  for (const [program, ...args] of commands) {
    const line = [program, ...args].join(' ')
    print(`\n$ ${line}`)
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], shell })
    let isInterrupted = false
    // A terminal's Ctrl+C reaches the child as well; a signal to this process alone doesn't.
    const interrupt = (signal: NodeJS.Signals) => {
      isInterrupted = true
      child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    for (const signal of signals) process.on(signal, interrupt)
    try {
      const [code] = await once(child, 'close')
      if (isInterrupted) throw new Interrupted()
      if (code !== 0) throw new UserError(`\`${line}\` failed; the files are written`)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      throw new UserError(`${program} is not installed; the files are written`)
    } finally {
      for (const signal of signals) process.off(signal, interrupt)
    }
  }
}
