import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const exec = promisify(execFile)

export interface RunOptions {
  cwd: string
  env?: NodeJS.ProcessEnv
  /** When the program is killed, in ms. */
  timeout?: number
}

/** Runs a program and resolves with what it wrote to stdout. One that fails rejects with all that it wrote. */
export async function run(program: string, args: string[], options: RunOptions): Promise<string> {
  const { cwd, env = process.env, timeout = 240_000 } = options
  try {
    return (await exec(program, args, { cwd, env, timeout, maxBuffer: 2 ** 26 })).stdout
  } catch (err) {
    const { stdout = '', stderr = '', message } = err as Error & { stdout?: string; stderr?: string }
    throw new Error(`${message.split('\n')[0]}\n${stdout}\n${stderr}`)
  }
}
