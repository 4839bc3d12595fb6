import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ConformanceError } from '../errors.ts'

const exec = promisify(execFile)

/** Asks the Docker engine. @throws ConformanceError, in one line, where it refuses or there is none */
export async function docker(args: string[], timeout = 120_000): Promise<string> {
  try {
    const { stdout, stderr } = await exec('docker', args, { timeout, maxBuffer: 16 * 1024 * 1024 })
    // What a container wrote to stderr comes on stderr.
    return args[0] === 'logs' ? stdout + stderr : stdout.trim()
  } catch (err) {
    const { code, stderr = '' } = err as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT')
      throw new ConformanceError('docker is not on the path: docker:// takes a Docker engine')
    // Advice on usage and help is not the reason.
    const line = stderr
      .split('\n')
      .map((text) => text.replace(/^docker: |\.?\s*See 'docker .*$|^Run 'docker .*$/g, '').trim())
      .findLast((text) => text !== '')
    throw new ConformanceError(`docker ${args[0]}: ${(line ?? 'it did not end in time').slice(0, 300)}`)
  }
}
