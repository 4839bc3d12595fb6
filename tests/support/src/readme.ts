import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { guarded } from './guard.ts'

/** Whether a README shows each of these files whole, as a block of TypeScript. */
export async function shows(readme: URL, ...files: URL[]): Promise<boolean> {
  const text = await readFile(readme, 'utf8')
  const sources = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return sources.every((source) => text.includes(`\`\`\`ts\n${source}\`\`\``))
}

/** A README's example, that runs. */
export interface Example {
  /** Where it listens, by its log. */
  url: string
  /** Asks it for a path, by a connection of its own. */
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** Sends SIGTERM. */
  terminate(): void
  /** Resolves with how it ended. */
  ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>
}

/** Runs a README's example on a free port; it ends with the test at the latest. Rejects where it ends before it listens. */
export async function startExample(
  t: { teardown(end: () => void): void },
  file: URL,
  environment: Record<string, string> = {}
): Promise<Example> {
  const server = guarded(
    spawn(process.execPath, [file.pathname], {
      // It runs what was built, whose coverage can't be added to that of the sources.
      env: { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0', PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'inherit']
    })
  )
  t.teardown(() => server.kill('SIGKILL'))
  const ended = once(server, 'exit') as Example['ended']
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout })
      .on('line', (line) => {
        const address = /http:\/\/[\d.]+:\d+/.exec(line)
        if (address) resolve(address[0])
      })
      .on('close', () => reject(new Error('the example ended before it listened')))
  })
  return {
    url,
    get: (path, headers) => fetch(`${url}${path}`, { headers: { connection: 'close', ...headers } }),
    terminate: () => server.kill('SIGTERM'),
    ended
  }
}
