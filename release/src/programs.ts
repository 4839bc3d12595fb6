import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** What a script runner, or tap, puts into the environment of this process is not for the programs that it runs. */
export const environment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_(?!config_(?:cache|registry)$)|_?TAPJS?_|INIT_CWD$)/.test(name)
  )
)

/** `program` and its arguments, run without what tap puts into the environment of each process that it sees start. */
export const plain = (program: string, args: string[]): [string, string[]] => [
  'env',
  ['-u', 'NODE_OPTIONS', program, ...args]
]

export interface RunOptions {
  cwd: string
  env?: NodeJS.ProcessEnv
  /** When the program is killed, in ms. */
  timeout?: number
}

/** Runs a program and resolves with what it wrote to stdout. One that fails rejects with all that it wrote. */
export async function run(program: string, args: string[], options: RunOptions): Promise<string> {
  const { cwd, env = environment, timeout = 240_000 } = options
  try {
    return (await exec(...plain(program, args), { cwd, env, timeout, maxBuffer: 2 ** 26 })).stdout
  } catch (err) {
    const { stdout = '', stderr = '', message } = err as Error & { stdout?: string; stderr?: string }
    throw new Error(`${message.split('\n')[0]}\n${stdout}\n${stderr}`)
  }
}
