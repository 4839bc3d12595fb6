// Gathers the pages of the site in .site: READMEs, guides, doc comments, the demo's OpenAPI document.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { publicPackages, root } from '../../release/src/packages.ts'
import { withCode } from '../../release/src/pages.ts'
import { writeApiPages } from './api-pages.ts'
import { type Pages, relink, section } from './links.ts'
import { openApi, openApiPage } from './openapi.ts'

const site = join(root, 'docs/.site')
const packages = publicPackages()
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Where files that are no page are: the repository, as CI or git knows it. */
function repository(): string {
  const command = join(root, 'plugins/version/bin/dockerflow-version.js')
  const output = execFileSync(process.execPath, [command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore']
  })
  return JSON.parse(output).source || 'https://git.example.com/example/dockerflow'
}

async function write(page: string, text: string) {
  await mkdir(dirname(join(site, page)), { recursive: true })
  await writeFile(join(site, page), text)
}

// Each of these files is a page, and is read where it is: no text is kept twice.
const pages: Pages = new Map([
  ['README.md', 'index.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
  ['SECURITY.md', 'security.md'],
  ['apps/demo/README.md', 'demo.md'],
  ['docker/README.md', 'image.md'],
  ['docker/base/README.md', 'base-images.md'],
  ['examples/internal-check/README.md', 'guides/internal-check.md'],
  ['examples/otel/README.md', 'guides/otel-example.md'],
  ['examples/platform-plugin/README.md', 'guides/platform-plugin.md'],
  ...packages.map(({ folder, path }): [string, string] => [
    relative(root, join(path, 'README.md')),
    `packages/${folder}/index.md`
  ]),
  ...globSync('docs/{guides,migration}/*.md', { cwd: root })
    .concat(globSync('docs/[!R]*.md', { cwd: root }))
    .map((file): [string, string] => [file, file.slice('docs/'.length)])
])

await rm(site, { recursive: true, force: true })
const source = repository()
for (const [file, page] of pages)
  await write(page, relink(withCode(read(file)), file, page, pages, root, source))

for (const pkg of packages) await writeApiPages(pkg, join(site, 'packages', pkg.folder, 'api'))

// The root's README shows these.
await cp(join(root, 'docs/images'), join(site, 'docs/images'), { recursive: true })

const errors = packages.flatMap(({ folder, manifest, path }) => {
  const table = section(readFileSync(join(path, 'README.md'), 'utf8'), 'Errors')
  return table ? [`## [${manifest.name}](./packages/${folder}/)\n\n${table}\n`] : []
})
await write(
  'errors.md',
  `# Error codes\n\nEach error has a \`code\`, and its message says what to do.\n\n${errors.join('\n')}`
)

const document = await openApi()
await write('endpoints.md', openApiPage(document))
await write('public/openapi.json', JSON.stringify(document, null, 2))
