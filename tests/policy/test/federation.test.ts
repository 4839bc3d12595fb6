// Follows the pages about Google's side, and asks who gets what: by the conditions that they give, of the claims that
// GitHub's tokens would make.
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import type { Workflow } from '@dockerflow/testing/workflows'
import { type Test, test } from 'tap'
import { parse } from 'yaml'
import { allowed, blocks, type Claims, type Federation, follow } from '../src/federation.ts'

const skip = without('jq')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const ids = { owner: 100, repository: 200 }
const main = 'refs/heads/main'
const template = 'packages/create-dockerflow/template/.github/workflows/container.yml'

/** The page as far as it sets things up, for the repository `name` whose workflows are from `workflows`. */
const setUp = (name: string, workflows: string) =>
  blocks([read('docs/artifact-registry.md').split('\n## 7.')[0] ?? ''])
    .replace(/^GITHUB_REPO=\S+/m, `GITHUB_REPO=${name}`)
    .replace(/^WORKFLOWS=\S+/m, `WORKFLOWS=${workflows}`)
    // It needs no network that way.
    .replace(/^set -eu$/m, 'set -euo pipefail')

/** A workflow of a repository, run for a ref. */
interface Run {
  repository: string
  ref?: string
  /** By default those of the page. */
  ids?: { owner: number; repository: number }
  /** The name of the workflow's file. */
  file: string
  source: string
  /** The repository that reusable workflows are from, by default its own. */
  workflows?: string
}

/** The claims that each job with a token would make, by its path: `container.yml demo push`. */
function tokens(run: Run): Map<string, Claims> {
  const { repository, ref = main, file } = run
  const claims = (job: string): Claims => ({
    sub: `repo:${repository}:ref:${ref}`,
    ref,
    repository,
    repository_id: String((run.ids ?? ids).repository),
    repository_owner_id: String((run.ids ?? ids).owner),
    workflow_ref: `${repository}/.github/workflows/${file}@${ref}`,
    job_workflow_ref: job
  })
  const found = new Map<string, Claims>()
  const visit = (path: string, jobRef: string, source: string, place: string) => {
    for (const [id, job] of Object.entries((parse(source) as Workflow).jobs)) {
      if (job.uses) {
        const name = basename(job.uses.split('@')[0] ?? '')
        // A called workflow is of its caller's repository and ref, or, at the top, of where the caller says.
        const from = job.uses.startsWith('./')
          ? place
          : `${run.workflows ?? 'OWNER/dockerflow'} ${'c'.repeat(40)}`
        const [repo = '', at = ''] = from.split(' ')
        visit(
          `${path} ${id}`,
          `${repo}/.github/workflows/${name}@${at}`,
          read(`.github/workflows/${name}`),
          from
        )
      } else if (job.permissions?.['id-token'] === 'write') found.set(`${path} ${id}`, claims(jobRef))
    }
  }
  visit(file, `${repository}/.github/workflows/${file}@${ref}`, run.source, `${repository} ${ref}`)
  return found
}

/** What each job may do, without those that may nothing. */
const grants = (federation: Federation, run: Run) =>
  Object.fromEntries(
    [...tokens(run)]
      .map(([path, claims]): [string, string[]] => [path, allowed(federation, claims)])
      .filter(([, may]) => may.length > 0)
  )

const stranger = (t: Test) => follow(t.testdir({}), setUp('my-org/shop', 'OWNER/dockerflow'), ids)
const shop = { repository: 'my-org/shop', file: 'container.yml', source: read(template) }

test('of a caller’s jobs only the one that pushes may write, and only the build may read packages', {
  skip
}, async (t) => {
  t.strictSame(grants(stranger(t), shop), {
    'container.yml image build build': ['reader on containers', 'reader on packages'],
    'container.yml image push': ['reader on containers', 'writer on containers']
  })
})

test('no other workflow, branch, repository or owner may push', { skip }, async (t) => {
  const federation = stranger(t)
  const writers = (run: Run) =>
    Object.entries(grants(federation, run)).filter(([, may]) => may.some((role) => role.startsWith('writer')))
  t.equal(writers(shop).length, 1)
  const own = shop.source.replace(/uses: .*/, 'runs-on: ubuntu-24.04\n    steps: []')
  const cases: [name: string, run: Run][] = [
    ['another workflow that calls the same', { ...shop, file: 'other.yml' }],
    ['a job of its own in the same file', { ...shop, source: own }],
    ['the same file, with somebody else’s reusable workflow', { ...shop, workflows: 'evil/dockerflow' }],
    ['an owner whose name begins alike', { ...shop, workflows: 'OWNER/dockerflow-evil' }],
    ['another branch', { ...shop, ref: 'refs/heads/feature' }],
    ['a branch with a name like main', { ...shop, ref: 'refs/heads/main2' }],
    ['a tag', { ...shop, ref: 'refs/tags/v1.0.0' }],
    ['a pull request', { ...shop, ref: 'refs/pull/1/merge' }],
    ['a fork', { ...shop, repository: 'stranger/shop', ids: { owner: 101, repository: 201 } }],
    ['a new repository of the old name', { ...shop, ids: { owner: 100, repository: 201 } }],
    [
      'another repository of the owner',
      { ...shop, repository: 'my-org/blog', ids: { owner: 100, repository: 202 } }
    ]
  ]
  for (const [name, run] of cases) {
    t.ok(tokens(run).size > 0, name)
    t.strictSame(writers(run), [], name)
  }
})

test('an older copy of the condition, on owner, repository and ref alone, would let every job push', {
  skip
}, async (t) => {
  const federation = stranger(t)
  for (const provider of federation.providers)
    provider.condition = provider.condition.replace(/ && assertion\.\w*workflow_ref.*/, '')
  t.match(grants(federation, { ...shop, file: 'other.yml' }), {
    'other.yml image push': ['reader on containers', 'reader on packages', 'writer on containers']
  })
})

test('of this repository’s workflows, each may what it is for', { skip }, async (t) => {
  const repository = 'my-org/dockerflow'
  const page = `${setUp(repository, repository)}\n${blocks([read('docs/guides/releases.md')]).replace(/^PACKAGES=.*/m, 'PACKAGES=published')}`
  const federation = follow(t.testdir({}), page, ids)
  const all = Object.assign(
    {},
    ...globSync('.github/workflows/*.yml', { cwd: root })
      .map((path) => ({ path, source: read(path) }))
      .filter(
        ({ source }) =>
          !Object.keys((parse(source) as Workflow).on).every((event) => event === 'workflow_call')
      )
      .map(({ path, source }) => grants(federation, { repository, file: basename(path), source }))
  )
  const reads = ['reader on containers']
  t.strictSame(all, {
    'container.yml demo build build': ['reader on containers', 'reader on packages'],
    'container.yml demo push': ['reader on containers', 'writer on containers'],
    'docs.yml deploy': reads,
    'nightly.yml published': reads,
    'release.yml artifact-registry': ['reader on containers', 'writer on published'],
    'release.yml npm': ['reader on containers', 'writer on published'],
    'scorecard.yml scorecard': reads
  })
})

test('every account has a pool of its own, and every provider a condition', { skip }, async (t) => {
  const { providers, bindings } = stranger(t)
  t.ok(providers.length >= 3)
  t.equal(new Set(providers.map(({ pool }) => pool)).size, providers.length)
  for (const { condition } of providers) t.match(condition, "assertion.repository_id == '200'")
  const pools = bindings.map(({ account, member }) => `${account} ${member.replace(/\/attribute.*/, '')}`)
  t.equal(new Set(pools).size, providers.length)
  t.equal(new Set(bindings.map(({ account }) => account)).size, bindings.length)
})
