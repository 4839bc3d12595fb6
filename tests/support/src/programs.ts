import { accessSync, constants, globSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, isAbsolute, join } from 'node:path'

/** Where Debian puts programs that aren't on a user's path. */
const debian = ['/usr/sbin', '/sbin', ...globSync('/usr/lib/postgresql/*/bin').sort().reverse()]

/** The path of a program, or undefined where it isn't installed. */
export function find(program: string): string | undefined {
  const folders = isAbsolute(program) ? [''] : [...(process.env.PATH ?? '').split(delimiter), ...debian]
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/**
 * Why a test must be skipped, for the `skip` of a test: false where each of `programs` is installed.
 * Throws where `CI` is set: there, nothing is skipped.
 */
export function without(debianPackage: string, ...programs: string[]): string | false {
  const missing = programs.filter((program) => !find(program))
  if (missing.length === 0) return false
  const reason = `${missing.join(', ')} is missing: apt-get install ${debianPackage}`
  if (process.env.CI) throw new Error(reason)
  return reason
}

/** A port of the loopback interface that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
