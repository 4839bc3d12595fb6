import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { git, repository, run } from './fixtures/command.ts'

/** Runs the command as GitHub's job of the commit does. */
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
  const named = run(folder, ['--release', '--commit', main], env)
  t.equal(named.status, 0)
  t.match(JSON.parse(named.stdout), { version: `v1.0.0-1-g${main.slice(0, 12)}`, commit: main })
})

test('changes that are not committed mark the version, and refuse a release', async (t) => {
  const { folder, commit } = repository(t)
  writeFileSync(join(folder, 'a'), '1')
  git(folder, 'add', 'a')
  git(folder, 'commit', '--quiet', '--message', 'second')
  git(folder, 'tag', 'v1')
  const head = git(folder, 'rev-parse', 'HEAD')
  writeFileSync(join(folder, 'untracked'), '')
  t.equal(run(folder, ['--release'], github(head)).status, 0, 'as git describe has it')

  writeFileSync(join(folder, 'a'), '2')
  const versionOf = (args: string[], env?: Record<string, string>) =>
    JSON.parse(run(folder, args, env).stdout).version
  t.equal(versionOf([]), 'v1-dirty')
  t.equal(versionOf([], github(head, { GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.0' })), 'v1.0-dirty')
  t.equal(versionOf(['--version', '2']), '2', 'what you say stays')
  t.equal(versionOf(['--commit', commit]), commit.slice(0, 12), 'the changes are not of that commit')
  t.strictSame(run(folder, ['--release', '--version', '2'], github(head)), {
    status: 1,
    stdout: '',
    stderr: 'dockerflow-version: no release: the checkout has changes that are not committed\n'
  })
})

test('a pull request has the commit of its head, not of the merge that vanishes, and is no release', async (t) => {
  const { folder } = repository(t)
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

  const plain = run(folder, [], env)
  t.strictSame([plain.status, plain.stderr], [0, ''])
  t.match(JSON.parse(plain.stdout), { version: head.slice(0, 12), commit: head })
  t.strictSame(run(folder, ['--release'], env), {
    status: 1,
    stdout: '',
    stderr: 'dockerflow-version: no release: this is a build of a pull request\n'
  })

  // actions/checkout fetches the merge alone.
  git(folder, 'clone', '--quiet', '--depth', '1', `file://${folder}`, 'shallow')
  const shallow = run(join(folder, 'shallow'), [], env)
  t.equal(shallow.stderr, '')
  t.match(JSON.parse(shallow.stdout), { version: head.slice(0, 12), commit: head })

  // Without the event, as in a container of the job's own, CI's commit has to do.
  t.match(JSON.parse(run(folder, [], { ...env, GITHUB_EVENT_PATH: '/nowhere' }).stdout), { commit: merge })
})

test('no token of a remote gets into the source', async (t) => {
  const { folder } = repository(t, 'https://h.org/org/service.git?token=s3cret#s3cret')
  t.equal(JSON.parse(run(folder, []).stdout).source, 'https://h.org/org/service')
  for (const source of ['https://u:s3cret@h.org/x?token=s3cret', 'h.org/x?token=s3cret#s3cret']) {
    t.notMatch(run(folder, ['--source', source]).stdout, 's3cret')
  }
})
