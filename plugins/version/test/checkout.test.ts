import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { collect } from '../src/collect.ts'
import { cleanEnv, git, repository, run } from './fixtures/command.ts'

// In this process, where it can be: a command for each case would take minutes.
Object.assign(process.env, cleanEnv('/nowhere'))

/** What is known in the folder. */
function look(folder: string, env: Record<string, string> = {}, flags: Parameters<typeof collect>[0] = {}) {
  process.chdir(folder)
  return collect(flags, env)
}

/** The environment of GitHub's job of the commit. */
const github = (commit: string, more: Record<string, string> = {}) => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://h.org',
  GITHUB_REPOSITORY: 'org/service',
  GITHUB_RUN_ID: '7',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REF_NAME: 'main',
  GITHUB_SHA: commit,
  ...more
})

test('a release of an untagged main has the version that git describe says', async (t) => {
  const { folder, commit } = repository(t)
  const { status, stdout } = run(folder, ['--release'], github(commit))
  t.equal(status, 0)
  t.strictSame(JSON.parse(stdout), {
    source: 'https://h.org/org/service',
    version: commit.slice(0, 12),
    commit,
    build: 'https://h.org/org/service/actions/runs/7'
  })
})

test('where CI names another commit than the checkout, the checkout counts, and a release is refused', async (t) => {
  const { folder, commit } = repository(t)
  git(folder, 'tag', 'v1.0.0')
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'second')
  const main = git(folder, 'rev-parse', 'HEAD')
  git(folder, 'checkout', '--quiet', 'v1.0.0')
  const env = github(main, { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v2.0.0' })
  const contradiction = `CI names the commit ${main}, and ${commit} is checked out: check out the one that you mean, or name it with --commit`

  const plain = run(folder, [], env)
  t.strictSame([plain.status, plain.stderr], [0, `dockerflow-version: ${contradiction}\n`])
  t.match(JSON.parse(plain.stdout), { version: 'v1.0.0', commit }, 'the tag of CI is of another commit')

  t.strictSame(run(folder, ['--release'], env), {
    status: 1,
    stdout: '',
    stderr: `dockerflow-version: no release: ${contradiction}\n`
  })
  t.match(await look(folder, env, { commit: main }), {
    object: { version: `v1.0.0-1-g${main.slice(0, 12)}`, commit: main },
    contradiction: undefined
  })
  t.match(await look(folder, github(commit.toUpperCase())), { contradiction: undefined })
})

test('changes that are not committed mark the version, and refuse a release', async (t) => {
  const { folder, commit } = repository(t)
  writeFileSync(join(folder, 'a'), '1')
  git(folder, 'add', 'a')
  git(folder, 'commit', '--quiet', '--message', 'second')
  git(folder, 'tag', 'v1')
  const head = git(folder, 'rev-parse', 'HEAD')
  writeFileSync(join(folder, 'untracked'), '')
  t.match(await look(folder), { object: { version: 'v1' }, doubts: [] }, 'as git describe has it')

  writeFileSync(join(folder, 'a'), '2')
  const doubts = ['the checkout has changes that are not committed']
  const tag = github(head, { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.0' })
  t.match(await look(folder), { object: { version: 'v1-dirty' }, doubts })
  t.match(await look(folder, tag), { object: { version: 'v1.0-dirty' }, doubts })
  t.match(
    await look(folder, {}, { version: '2' }),
    { object: { version: '2' }, doubts },
    'what you say stays'
  )
  const first = { object: { version: commit.slice(0, 12) }, doubts: [] }
  t.match(await look(folder, {}, { commit }), first, 'the changes are not of that commit')
  t.strictSame(run(folder, ['--release', '--version', '2'], github(head)), {
    status: 1,
    stdout: '',
    stderr: 'dockerflow-version: no release: the checkout has changes that are not committed\n'
  })
})

test('a pull request has the commit of its head, not of the merge that vanishes, and is no release', async (t) => {
  const { folder, commit: base } = repository(t)
  git(folder, 'checkout', '--quiet', '-b', 'topic')
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'topic')
  const head = git(folder, 'rev-parse', 'HEAD')
  git(folder, 'checkout', '--quiet', '-')
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'main')
  git(folder, 'merge', '--quiet', '--no-ff', '--message', 'merge', 'topic')
  const merge = git(folder, 'rev-parse', 'HEAD')
  const event = join(folder, '.git', 'event.json')
  writeFileSync(event, JSON.stringify({ pull_request: { head: { sha: head } } }))
  const env = github(merge, { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event })
  const known = {
    object: { version: head.slice(0, 12), commit: head },
    contradiction: undefined,
    warnings: []
  }
  const doubts = ['this is a build of a pull request']
  t.match(await look(folder, env), { ...known, doubts })

  // actions/checkout fetches the merge alone.
  git(folder, 'clone', '--quiet', '--depth', '1', `file://${folder}`, 'shallow')
  t.match(await look(join(folder, 'shallow'), env), { ...known, doubts })

  // Without the event, as in a container of the job's own, CI's commit has to do.
  const unnamed = github(merge, { GITHUB_EVENT_NAME: 'pull_request' })
  for (const without of [{ ...env, GITHUB_EVENT_PATH: '/nowhere' }, unnamed]) {
    t.match(await look(folder, without), { object: { commit: merge }, doubts })
  }

  git(folder, 'checkout', '--quiet', base)
  t.match(
    await look(folder, env),
    { object: { commit: base }, contradiction: new RegExp(head) },
    'nor is it a merge of it'
  )
})

test('a checkout without its objects, as in a build context that leaves them out, is no merge of anything', async (t) => {
  const { folder, commit: head } = repository(t)
  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'merge')
  const merge = git(folder, 'rev-parse', 'HEAD')
  const env = github(head, { GITHUB_EVENT_NAME: 'pull_request' })
  t.match(await look(folder, env), { object: { commit: head }, contradiction: undefined })
  rmSync(join(folder, '.git/objects'), { recursive: true })
  mkdirSync(join(folder, '.git/objects'))
  t.match(await look(folder, env), {
    object: { version: merge.slice(0, 12), commit: merge },
    contradiction: new RegExp(head)
  })
})

test('no token of a remote gets into the source', async (t) => {
  const { folder } = repository(t, 'https://h.org/org/service.git?token=s3cret#s3cret')
  t.equal((await look(folder)).object.source, 'https://h.org/org/service')
  for (const source of ['https://u:s3cret@h.org/x?token=s3cret', 'h.org/x?token=s3cret#s3cret']) {
    t.notMatch((await look(folder, {}, { source })).object.source, 's3cret')
  }
})
