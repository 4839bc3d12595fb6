import { spawnSync } from 'node:child_process'
import { accessSync, constants, globSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, delimiter, isAbsolute, join } from 'node:path'

/** The Debian packages that tests use, each with its programs. Where one is missing, its tests are skipped. */
const known: Record<string, string[]> = JSON.parse(
  readFileSync(new URL('../programs.json', import.meta.url), 'utf8')
)

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

/** Which of these Debian packages are missing: one whose programs aren't all there. */
export const missing = (packages = Object.keys(known)): string[] =>
  packages.filter((name) => {
    const programs = known[name]
    if (!programs) throw new Error(`tests/support/programs.json doesn't list ${name}`)
    return !programs.every(find)
  })

/** Whether this process may mount a file system, as root or in a namespace of its own. */
const canMount = (): boolean => {
  const args = ['--mount', '--map-root-user', 'mount', '-t', 'tmpfs', 'none', '/mnt']
  return spawnSync('unshare', args).status === 0
}

/** All that is missing here for which a test may be skipped: packages, Linux, to be root, and to mount. */
export const lacking = (): string[] => [
  ...missing(),
  ...(process.platform === 'linux' ? [] : ['linux']),
  ...(process.getuid?.() === 0 ? [] : ['root']),
  ...(canMount() ? [] : ['mount'])
]

/** What only a few tests need, and how they ask for it. */
const calls: Record<string, string> = { root: 'onlyAsRoot(', mount: 'withoutMount(' }

/** Whether a test of the package in this folder may be skipped here. */
export function mayBeSkipped(folder: string): boolean {
  const tests = globSync('test/**/*.ts', { cwd: folder }).map((file) =>
    readFileSync(join(folder, file), 'utf8')
  )
  const asks = (call: string) => tests.some((text) => text.includes(call))
  return lacking().some((name) => calls[name] === undefined || asks(calls[name]))
}

/** Tells `test-package.ts` why this suite, the file that this process runs, is skipped in whole or in part. */
function report(skipped: { packages: string[] } | { reason: string }): void {
  const folder = process.env.DOCKERFLOW_SKIPPED
  if (!folder) return
  const suite = basename(process.argv[1] ?? '')
  writeFileSync(
    join(folder, `${suite}.${Object.values(skipped).flat().join('+').replace(/\W+/g, '-')}.json`),
    JSON.stringify({ suite, ...skipped })
  )
}

/**
 * Why a test must be skipped, for the `skip` of a test: false where the programs of these Debian packages are there.
 * Throws where `CI` is set: there, nothing is skipped.
 */
export function without(...packages: string[]): string | false {
  const absent = missing(packages)
  if (absent.length === 0) return false
  const reason = `${absent.join(', ')} is missing: apt-get install ${absent.join(' ')}`
  if (process.env.CI) throw new Error(reason)
  report({ packages: absent })
  return reason
}

/** Why a test must be skipped on this operating system, for the `skip` of a test: false where it is one of `platforms`. */
export function onlyOn(...platforms: NodeJS.Platform[]): string | false {
  if (platforms.includes(process.platform)) return false
  const reason = `this is for ${platforms.join(', ')}, and not for ${process.platform}`
  report({ reason })
  return reason
}

/** Why a test must be skipped for anybody but root, for the `skip` of a test: false for root. */
export function onlyAsRoot(why: string): string | false {
  if (process.getuid?.() === 0) return false
  const reason = `${why}, which only root may do`
  if (process.env.CI) throw new Error(reason)
  report({ reason })
  return reason
}

/** Why a test that mounts a file system must be skipped, for the `skip` of a test: false where it can. */
export function withoutMount(): string | false {
  if (canMount()) return false
  const reason = 'a file system is mounted, which is not allowed here'
  if (process.env.CI) throw new Error(reason)
  report({ reason })
  return reason
}

/**
 * A port of the loopback interface that nothing listens on now. It is below those that systems give to connections
 * going out and to port 0, so a server that is ended finds its port free again, whatever other tests connect to.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
