import { cpSync, globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { missing } from '@dockerflow/testing/programs'
import { RedisServer } from '@dockerflow/testing/redis'
import { run } from '../../../release/src/programs.ts'

/** A server that tests are clients of. */
interface Server {
  port: number
  remove(): Promise<void>
}

export interface Suite {
  /** The package that ships the tests. */
  package: string
  /** Which of its files are run. */
  files: string
  /** Which of them are left out. */
  except?: RegExp
  /** What the family needs and the package doesn't bring. */
  also?: string[]
  /** Changes an unpacked copy of the package so that its tests can be run here. */
  adapt?(copy: string): void
  /** Starts what the tests are clients of; they find its port as `PEERS_PORT`. */
  server?(): Promise<Server>
  /** Puts the family into an unpacked copy of the package. */
  withFamily(copy: string): void
}

/** A file of this folder. */
export const source = (name: string): string => join(dirname(fileURLToPath(import.meta.url)), name)

/** Replaces `from` in a file of the copy; throws where it isn't there, as after an update of the peer. */
function replace(file: string, from: string, to: string, times?: number): void {
  const parts = readFileSync(file, 'utf8').split(from)
  if (parts.length === 1 || (times && parts.length !== times + 1))
    throw new Error(`${file} has "${from}" ${parts.length - 1} times`)
  writeFileSync(file, parts.join(to))
}

function familyInFastify(fastify: string): void {
  const file = join(fastify, 'fastify.js')
  const wrapper = JSON.stringify(source('fastify-family.cjs'))
  replace(
    file,
    'return function preRouting (req, res) {',
    "return function preRouting (req, res) {\n      fastify[Symbol.for('dockerflow.seen')]?.(res)"
  )
  replace(file, 'module.exports = fastify\n', 'module.exports = wrapped\n')
  replace(file, 'module.exports.fastify = fastify\n', 'module.exports.fastify = wrapped\n')
  replace(file, 'module.exports.default = fastify\n', 'module.exports.default = wrapped\n')
  replace(
    file,
    '\nfunction fastify (',
    `\nconst wrapped = require(${wrapper})(fastify, require)\n\nfunction fastify (`
  )
}

const plugin = (name: string): Suite => ({
  package: `@fastify/${name}`,
  files: 'test/**/*.test.{js,mjs}',
  withFamily: (copy) => familyInFastify(join(copy, 'node_modules/fastify'))
})

export const suites: Record<string, Suite> = {
  fastify: {
    package: 'fastify',
    files: 'test/**/*.test.{js,mjs}',
    // None of these concerns what a server does; same-shape compares two requests with all that they lead to, which
    // takes minutes with the family.
    except: /^test\/(?:bundler\/|types\/|build\/|scripts\/|same-shape)/,
    withFamily(copy) {
      familyInFastify(copy)
      // mozlog imports Fastify: this one.
      symlinkSync('..', join(copy, 'node_modules/fastify'), 'junction')
    }
  },
  'rate-limit': {
    ...plugin('rate-limit'),
    adapt(copy) {
      const test = join(copy, 'test/redis-rate-limit.test.js')
      replace(test, '{ host: REDIS_HOST', '{ port: process.env.PEERS_PORT, host: REDIS_HOST')
    },
    server() {
      if (missing(['redis-server']).length > 0)
        throw new Error('the suite of @fastify/rate-limit needs redis-server: apt-get install redis-server')
      return RedisServer.create('')
    }
  },
  'reply-from': plugin('reply-from'),
  'under-pressure': plugin('under-pressure'),
  pino: {
    package: 'pino',
    also: ['fastify'],
    files: 'test/*.test.js',
    // The browser's pino, and what is documented to belong to pino's own transports, destinations and the process.
    except:
      /^test\/(?:browser|broken-pipe|diagnostics|exit|jest|metadata|stdout-protection|syncfalse|transport)/,
    withFamily(copy) {
      const file = join(copy, 'pino.js')
      const wrapper = JSON.stringify(source('pino-mozlog.cjs'))
      const text = readFileSync(file, 'utf8')
      writeFileSync(file, `${text}\nmodule.exports = require(${wrapper})(module.exports, require)\n`)
    }
  }
}

/** Dependencies of the peers' that lint, check types, measure or bundle: no test that is run here needs them. */
const tools =
  /eslint|neostandard|tstyche|typescript|autocannon|branch-comparer|concurrently|markdownlint|^@types\/|airtap|docsify|fastbench|bunyan|bole|winston|loglevel|steed|attw|arethetypeswrong|^jest$|^borp$|^c8$|^log$|ts-node/

/** Copies a package as it was published, and installs what its tests need. */
export async function unpack(suite: Suite, folder: string, archives: string[]): Promise<string> {
  const require = createRequire(import.meta.url)
  const published = dirname(require.resolve(`${suite.package}/package.json`))
  const copy = join(folder, suite.package.replace('/', '+'))
  const modules = `${sep}node_modules${sep}`
  const inside = (path: string) => `${path.slice(published.length)}${sep}`
  cpSync(published, copy, { recursive: true, filter: (path) => !inside(path).includes(modules) })
  const manifest = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'))
  const needed = Object.entries(manifest.devDependencies ?? {}).filter(([name]) => !tools.test(name))
  manifest.devDependencies = Object.fromEntries(needed)
  delete manifest.scripts
  writeFileSync(join(copy, 'package.json'), JSON.stringify(manifest, null, 2))
  const install = [
    'install',
    '--no-audit',
    '--no-fund',
    '--legacy-peer-deps',
    '--ignore-scripts',
    '--loglevel=error'
  ]
  await run('npm', [...install, ...archives], { cwd: copy, timeout: 600_000 })
  suite.adapt?.(copy)
  return copy
}

/** Which files of an unpacked suite are run. */
export function filesOf(suite: Suite, copy: string): string[] {
  const files = globSync(suite.files, { cwd: copy })
    .map((file) => file.replaceAll(sep, '/'))
    .filter((file) => !suite.except?.test(file))
    .sort()
  if (files.length === 0) throw new Error(`${suite.package} ships no tests that match ${suite.files}`)
  return files
}
