import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap, { test } from 'tap'
import { exampleOf, hasExample, importsOf, pathOf } from '../src/examples.ts'
import { pack } from '../src/pack.ts'
import { catalogRange, type PublicPackage, publicPackages } from '../src/packages.ts'
import { environment, run } from '../src/programs.ts'
import { serve } from '../src/service.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-compat-'))
tap.teardown(() => rm(work, { recursive: true, force: true }))

const packages = publicPackages()
const archives: Record<string, string> = {}
for (const pkg of packages)
  archives[pkg.manifest.name] = `file:${(await pack(pkg, join(work, 'packed'))).archive}`
const withExample = packages.filter(({ path }) => hasExample(readFileSync(join(path, 'README.md'), 'utf8')))

/** All versions of a package, the newest last. */
const versions = async (name: string): Promise<string[]> =>
  JSON.parse(await run('npm', ['view', name, 'versions', '--json'], { cwd: work }))

/** The lowest Fastify that a package says it works with; the lowest 5 where it leaves that to others. */
const lowest = ({ manifest }: PublicPackage) =>
  (manifest.peerDependencies?.fastify ?? '^5.0.0').replace('^', '')

/** What a package needs that npm doesn't install with `--legacy-peer-deps`. */
const requiredPeers = ({ manifest: { peerDependencies = {}, peerDependenciesMeta = {} } }: PublicPackage) =>
  Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)

/** Type-checks and runs the examples of packages in a project of their own, with what it is to work with. */
async function check(name: string, of: PublicPackage[], fastify: string, pino = '') {
  const folder = join(work, name)
  await mkdir(folder)
  const readmes = await Promise.all(of.map(({ path }) => readFile(join(path, 'README.md'), 'utf8')))
  const others = readmes
    .flatMap((readme) => importsOf(exampleOf(readme)))
    .concat(of.flatMap(requiredPeers))
    .filter((other) => other !== 'fastify' && !archives[other])
    .flatMap((other) => [other, `@types/${other}`])
    .flatMap((other) => catalogRange(other) ?? [])
  const manifest = {
    type: 'module',
    // Other packages of this project that it needs come from here too.
    dependencies: { ...archives, ...Object.fromEntries(others), fastify },
    devDependencies: Object.fromEntries(
      ['typescript', '@types/node'].flatMap((tool) => catalogRange(tool) ?? [])
    ),
    overrides: pino ? { pino } : {}
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await run('npm', ['install', '--legacy-peer-deps', '--no-audit', '--no-fund'], {
    cwd: folder,
    env: environment
  })
  for (const [index, pkg] of of.entries()) {
    const example = `${pkg.folder}.ts`
    const readme = readmes[index] as string
    await writeFile(join(folder, example), exampleOf(readme))
    const service = await serve(process.execPath, example, folder)
    try {
      const response = await fetch(service.url + pathOf(readme), { headers: { connection: 'close' } })
      await response.text()
      if (response.status === 500) throw new Error(`${pkg.manifest.name} answers 500`)
    } finally {
      await service.stop()
    }
  }
  const flags = '--strict --noEmit --module nodenext --target es2024 --types node --skipLibCheck'.split(' ')
  const files = of.map((pkg) => `${pkg.folder}.ts`)
  await run(join(folder, 'node_modules/.bin/tsc'), [...flags, ...files], { cwd: folder })
}

for (const version of new Set(withExample.map(lowest))) {
  test(`Fastify ${version}, the lowest that these packages name`, async (t) => {
    const of = withExample.filter((pkg) => lowest(pkg) === version)
    await t.resolves(check(`lowest-${version}`, of, version), of.map(({ folder }) => folder).join(', '))
  })
}

const newest = (await versions('fastify')).filter((version) => /^5\.\d+\.\d+$/.test(version)).at(-1) as string

test(`Fastify ${newest}, the newest`, async (t) => t.resolves(check('newest', withExample, newest)))

for (const major of [9, 10]) {
  test(`pino ${major}`, async (t) => t.resolves(check(`pino-${major}`, withExample, newest, `^${major}.0.0`)))
}

const next = (await versions('fastify')).filter((version) => !/^[0-5]\./.test(version)).at(-1)

// Shown, and allowed: each plugin says that it is for Fastify 5, and Fastify believes it.
test(`Fastify ${next ?? 'of the next major, of which there is none'}`, async (t) => {
  const failure = next && (await check('next', withExample, next).then(() => '', String))
  t.equal(failure ?? '', '', 'it works', { todo: failure ? 'allowed to fail' : false })
})
