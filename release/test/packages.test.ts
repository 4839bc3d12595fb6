import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { parseSync, Visitor } from 'oxc-parser'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import tap, { test } from 'tap'
import { apiReport, command } from '../src/api.ts'
import { entries } from '../src/entries.ts'
import { pack } from '../src/pack.ts'
import { type Manifest, type PublicPackage, publicPackages, readManifest, root } from '../src/packages.ts'
import { core, coreLimit, sizes } from '../src/sizes.ts'

const work = await mkdtemp(join(tmpdir(), 'dockerflow-packages-'))
tap.teardown(() => rm(work, { recursive: true }))

// One after the other: the hooks of pnpm have 30 s each, also on a busy machine.
const packages: (PublicPackage & { archive: string; unpacked: string; published: Manifest })[] = []
for (const pkg of publicPackages()) {
  const { archive, folder } = await pack(pkg, work)
  packages.push({ ...pkg, archive, unpacked: folder, published: readManifest(join(folder, 'package.json')) })
}
const names = packages.map(({ published }) => published.name)

/** The modules that a file of code or of types names. */
function imported(file: string): string[] {
  const { module, program } = parseSync(file, readFileSync(file, 'utf8'), {
    lang: file.endsWith('.d.ts') ? 'dts' : 'js'
  })
  const found = module.staticImports.map(({ moduleRequest }) => moduleRequest.value)
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest } of entries) if (moduleRequest) found.push(moduleRequest.value)
  }
  const literal = (source: { type: string; value?: unknown }) => {
    if (source.type === 'Literal' && typeof source.value === 'string') found.push(source.value)
  }
  new Visitor({
    ImportExpression: ({ source }) => literal(source),
    TSImportType: ({ source }) => literal(source),
    // What augments a module needs it.
    TSModuleDeclaration: ({ id }) => literal(id)
  }).visit(program)
  return found
}

/** `@scope/name` of `@scope/name/path`. */
const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

test('there are packages to publish, each in a folder of its own name', async (t) => {
  t.ok(packages.length > 0)
  for (const { folder, manifest } of packages) {
    const unscoped = folder === 'dockerflow' || folder === 'create-dockerflow'
    t.equal(manifest.name, unscoped ? folder : `@dockerflow/${folder}`)
  }
})

for (const { archive, folder, manifest, path, published, unpacked } of packages) {
  test(published.name, async (t) => {
    t.test('its manifest says what a user and a registry need, and no more', async (t) => {
      const directory = relative(root, path)
      t.match(published, {
        version: /^\d+\.\d+\.\d+$/,
        description: /\w/,
        license: 'MPL-2.0',
        type: 'module',
        engines: { node: '>=22.18' },
        homepage: new RegExp(`/tree/HEAD/${directory}#readme$`),
        bugs: /^https:.*\/issues$/,
        repository: { type: 'git', url: /^git\+https:.*\.git$/, directory }
      })
      t.strictSame(published.keywords, [...new Set(published.keywords)].sort(), 'keywords are sorted')
      t.ok(published.keywords?.includes('dockerflow'))
      for (const member of ['scripts', 'devDependencies', 'tap'])
        t.notOk(Object.hasOwn(published, member), member)
      t.notMatch(JSON.stringify(published), /"(?:catalog|workspace):/)
      const range = published.peerDependencies?.fastify
      if (range)
        t.match(range, /^\^5\.\d+\.0$/, 'a range of Fastify 5, from the release that has all that is used')
    })

    t.test('its files are there, and no others', async (t) => {
      const files = globSync('**', { cwd: unpacked, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name).slice(unpacked.length + 1))
      for (const file of ['LICENSE', 'README.md', 'package.json']) t.ok(files.includes(file), file)
      const strange = files.filter(
        (file) =>
          !/^(?:(?:bin|dist)\/.+\.(?:js|d\.ts|json)|CHANGELOG\.md|LICENSE|README\.md|package\.json)$/.test(
            file
          )
      )
      t.strictSame(strange, [])
      const targets = entries(published, unpacked).flatMap(({ code, types }) => [code, types])
      for (const file of [...targets, ...Object.values(published.bin ?? {})]) {
        t.ok(existsSync(join(unpacked, file)), file)
      }
      t.ok(targets.length > 0 || published.bin, 'it has a module or a command')
    })

    t.test('its imports are what it declares', async (t) => {
      const declared = { ...published.dependencies, ...published.peerDependencies }
      const used = new Set<string>()
      for (const file of globSync('{bin,dist}/**/*.{js,ts}', { cwd: unpacked })) {
        for (const specifier of imported(join(unpacked, file))) {
          if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
          t.notOk(builtinModules.includes(specifier), `${file} imports ${specifier} with node: before it`)
          used.add(packageOf(specifier))
        }
      }
      used.delete(published.name)
      t.strictSame([...used].filter((name) => !declared[name]).sort(), [], 'nothing undeclared is imported')
      const optional = (name: string) => published.peerDependenciesMeta?.[name]?.optional
      // Fastify is what a plugin is for, also where none of its modules are named.
      const unused = Object.keys(declared).filter(
        (name) => name !== 'fastify' && !used.has(name) && !optional(name)
      )
      t.strictSame(unused, [], 'nothing declared is unused')
    })

    t.test('publint finds nothing', async (t) => {
      const { messages, pkg } = await publint({
        pack: { tarball: new Uint8Array(await readFile(archive)).buffer },
        strict: true
      })
      t.strictSame(
        messages.map((message) => formatMessage(message, pkg, { color: false })),
        []
      )
    })

    t.test('its types resolve from ESM and bundlers (attw)', async (t) => {
      if (entries(published, unpacked).length === 0) return t.comment('it has no module')
      const result = await checkPackage(createPackageFromTarballData(await readFile(archive)))
      if (!result.types) return t.fail('it has no types')
      // commonjs.test.ts tries these, in the rehearsal.
      const ignored = ['node10', 'node16-cjs']
      t.strictSame(
        result.problems.filter(
          (problem) => !('resolutionKind' in problem && ignored.includes(problem.resolutionKind))
        ),
        []
      )
    })

    t.test('its types are those of its api.md', async (t) => {
      const kept = join(path, 'api.md')
      const text = existsSync(kept) ? await readFile(kept, 'utf8') : ''
      t.equal(
        text,
        await apiReport({ folder, manifest, path }),
        `what users see changed: \`${command}\` writes it down`
      )
    })
  })
}

test('packages depend on each other by a range that takes fixes', async (t) => {
  for (const { published } of packages) {
    for (const [name, range] of Object.entries({
      ...published.dependencies,
      ...published.peerDependencies
    })) {
      if (!name.startsWith('@dockerflow/')) continue
      t.ok(names.includes(name), `${published.name} needs ${name}, which is published`)
      t.match(range, /^\^\d/)
    }
  }
})

test(`the code and types of the four core packages take less than ${coreLimit / 1000} kB`, async (t) => {
  const four = packages.filter(({ folder }) => core.includes(folder))
  t.equal(four.length, core.length)
  const built = four.reduce((sum, { unpacked }) => sum + sizes(unpacked).built, 0)
  t.ok(built < coreLimit, `${(built / 1000).toFixed(1)} kB; \`npm run sizes\` lists them`)
})
