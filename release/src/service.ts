import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { environment, plain } from './programs.ts'

/** A program that serves HTTP, and tells where in its log. */
export interface Service {
  url: string
  /** What it has written so far. */
  output(): string
  /** Ends it, and resolves with how it ended. */
  stop(): Promise<[code: number | null, signal: NodeJS.Signals | null]>
}

/** Runs a service of Node's on a free port. Rejects with what it wrote when it ends, or says nothing for 60 seconds. */
export async function serve(
  program: string,
  file: string | string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {}
): Promise<Service> {
  const service = spawn(...plain(program, [file].flat()), {
    cwd,
    env: { ...environment, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exit = once(service, 'close') as ReturnType<Service['stop']>
  const late = setTimeout(() => service.kill('SIGKILL'), 60_000)
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk
      const address = /http:\/\/(?:[\d.]+|\[::1\]):\d+/.exec(output)
      if (address) resolve(address[0])
    }
    service.stdout.on('data', read)
    service.stderr.on('data', read)
    exit.then(
      ([code, signal]) => reject(new Error(`${file} ended with ${code ?? signal}:\n${output}`)),
      reject
    )
  })
  clearTimeout(late)
  return {
    url,
    output: () => output,
    async stop() {
      service.kill('SIGTERM')
      const killed = setTimeout(() => service.kill('SIGKILL'), 15_000)
      const ended = await exit
      clearTimeout(killed)
      return ended
    }
  }
}
