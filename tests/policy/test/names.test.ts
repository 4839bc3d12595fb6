// What the pages tell people to run is ours, or a tool that is installed already.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const tracked = (...patterns: string[]) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns], {
    cwd: root,
    encoding: 'utf8'
  })
    .split('\n')
    .filter(Boolean)

/** The names on a registry that the owner's list makes ours. */
const listed = (on: string) =>
  [...read('docs/first-release.md').matchAll(/^\| (\w+) \| `([^`]+)` \|/gm)]
    .filter(([, where]) => where === on)
    .map(([, , name]) => name as string)

const isOurs = (name: string) => listed('npm').some((ours) => name === ours || name.startsWith(`${ours}/`))
const { repository, dependencies, devDependencies } = JSON.parse(read('package.json'))
/** What `npx` finds in the workspace itself. */
const tools = new Set(
  Object.keys({ ...dependencies, ...devDependencies }).map(
    (name) => ({ '@changesets/cli': 'changeset' })[name] ?? name
  )
)
const pages = tracked('*.md', '*.yml', '*.yaml', '*Dockerfile*').filter((path) => !path.includes('CHANGELOG'))

/** Each name that a page has people fetch from npm and run. */
function fetched(text: string): string[] {
  const run = /\b(?:npx|pnpm dlx|pnpm exec|yarn dlx|npm exec)(?: (?:-y|--yes|--))* (@?[a-z][\w./-]*)/g
  const create = /\b(?:npm|pnpm|yarn) (?:create|init) (@?[a-z][\w./-]*)/g
  return [
    ...[...text.matchAll(run)].map(([, name]) => name as string),
    ...[...text.matchAll(create)].map(([, name]) => `create-${name}`)
  ]
}

test('no page has anyone run a name on npm that the list does not make ours', async (t) => {
  let count = 0
  for (const page of pages) {
    for (const name of fetched(read(page))) {
      count++
      t.ok(isOurs(name) || tools.has(name), `${page}: ${name}`)
    }
  }
  t.ok(count > 5)
})

test('each package that is published has a name of the list', async (t) => {
  for (const path of tracked(':(glob)packages/*/package.json', ':(glob)plugins/*/package.json')) {
    const { name, private: hidden } = JSON.parse(read(path))
    if (!hidden) t.ok(isOurs(name), name)
  }
})

test('a workflow of ours that a page calls is of the repository of the list; others are pinned by commit', async (t) => {
  t.strictSame(listed('GitHub'), [repository])
  let count = 0
  for (const page of pages.filter((path) => !path.startsWith('.github/'))) {
    for (const [, action = ''] of read(page).matchAll(/\buses: *([^\s#`]+)/g)) {
      if (action.startsWith('./')) continue
      count++
      t.ok(action.startsWith(`${repository}/.github/`) || /@[0-9a-f]{40}$/.test(action), `${page}: ${action}`)
    }
  }
  t.ok(count > 0)
})
