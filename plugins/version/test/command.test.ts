import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { test } from 'tap'
import { cleanEnv, command, git, packageRoot, repository, run } from './fixtures/command.ts'

const SHA = '8f1c5ff0a6cd2d1c1b2d9f9d2f7f6a34a1b0c9d8'
const complete = {
  source: 'https://h.org/org/service',
  version: '1.2.3',
  commit: SHA,
  build: 'https://ci.h.org/7'
}

/** Runs a shell's script with the command and its arguments as `"$0" "$@"`. */
function shell(folder: string, script: string, args: string[]) {
  const { stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, command, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: cleanEnv(folder),
    timeout: 60_000
  })
  return { stdout, stderr }
}

const flags = (object: object) => Object.entries(object).map(([name, value]) => `--${name}=${value}`)

test('without flags and CI, git says source, tag and commit', async (t) => {
  const { folder, commit } = repository(t, 'https://user:s3cret@h.org/org/service.git')
  const source = 'https://h.org/org/service'
  const read = (at = folder) => {
    const { status, stdout, stderr } = run(at, [])
    t.equal(status, 0)
    t.equal(stderr, '')
    return JSON.parse(stdout)
  }
  t.strictSame(read(), { source, version: commit.slice(0, 12), commit, build: '' }, 'no tag: the hash')

  git(folder, 'tag', 'v1.0.0-rc.1')
  git(folder, 'tag', 'v1.0.0')
  t.equal(read().version, 'v1.0.0', 'not the candidate that it was')
  const later = cleanEnv(folder, { GIT_COMMITTER_DATE: '2090-01-01T00:00:00Z' })
  execFileSync('git', ['tag', '--annotate', '--message', 'x', 'v1.0.1'], { cwd: folder, env: later })
  t.match(read(), { version: 'v1.0.1', commit }, 'the newest tag; and an annotated one is not the commit')

  mkdirSync(join(folder, 'apps', 'demo'), { recursive: true })
  t.equal(read(join(folder, 'apps', 'demo')).commit, commit)

  git(folder, 'commit', '--quiet', '--allow-empty', '--message', 'second')
  const second = git(folder, 'rev-parse', 'HEAD')
  t.match(read(), { version: `v1.0.1-1-g${second.slice(0, 12)}`, commit: second }, 'the tag before it')

  git(folder, 'tag', '@org/package@2.0.0')
  t.match(read().version, /^v1\.0\.1-1-g/, 'a tag of a package is none')
})

test("the user's own configuration of git changes nothing, save that a short remote is spelt out", async (t) => {
  const { folder } = repository(t, 'h:org/service')
  git(folder, 'config', 'url.ssh://git@h.org:2222/.insteadOf', 'h:')
  for (const [key, value] of [
    ['color.ui', 'always'],
    ['column.ui', 'always'],
    ['tag.sort', '-refname']
  ] as const) {
    git(folder, 'config', key, value)
  }
  git(folder, 'tag', 'a')
  git(folder, 'tag', 'b')
  t.match(JSON.parse(run(folder, []).stdout), { source: 'https://h.org/org/service', version: 'a' })
})

test('each member falls through on its own: flag, CI, git', async (t) => {
  const { folder, commit } = repository(t, 'git@h.org:org/service.git')
  git(folder, 'tag', 'v1')
  const ci = {
    CIRCLECI: 'true',
    CIRCLE_BUILD_URL: 'https://s3cret@ci.h.org/7',
    CIRCLE_TAG: '',
    CIRCLE_SHA1: commit
  }
  const source = 'https://h.org/org/service'
  t.strictSame(JSON.parse(run(folder, [], ci).stdout), {
    source,
    version: 'v1',
    commit,
    build: 'https://ci.h.org/7'
  })
  t.strictSame(JSON.parse(run(folder, ['--version', '2', '--commit=', '--build', ' '], ci).stdout), {
    source,
    version: '2',
    commit,
    build: 'https://ci.h.org/7'
  })
  t.strictSame(JSON.parse(run(folder, ['--source', 'https://u:s3cret@other.org/x'], {}).stdout), {
    source: 'https://other.org/x',
    version: 'v1',
    commit,
    build: ''
  })
})

test('what has quotes, newlines and worse comes out as it went in', async (t) => {
  const version = '1.0 "beta"\n\\ \u2028 </script> π 👍 \u0007 $(rm) `x` %s'
  const { status, stdout } = run(t.testdir(), flags({ ...complete, version }))
  t.equal(status, 0)
  t.strictSame(JSON.parse(stdout), { ...complete, version })
})

test('no git, no repository, no origin, no commit: blank members, a warning, and no stack', async (t) => {
  const empty = { source: '', version: '', commit: '', build: '' }
  const folder = t.testdir({ bin: {} })
  const check = (env: Record<string, string>, warning: RegExp) => {
    const { status, stdout, stderr } = run(folder, [], env)
    t.equal(status, 0)
    t.strictSame(JSON.parse(stdout), empty)
    t.match(stderr, warning)
    return stderr
  }
  check({}, /^dockerflow-version: blank: source, version, commit \(fatal: not a git repository.*\)\n$/)
  check(
    { PATH: join(folder, 'bin') },
    /^dockerflow-version: blank: source, version, commit \(git is not installed\)\n$/
  )
  writeFileSync(join(folder, 'bin', 'git'), '#!/bin/sh\nexit 3\n', { mode: 0o755 })
  check(
    { PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}` },
    /^(?:dockerflow-version: blank: [\w, ]+ \(Command failed: git .*\)\n){2}$/
  )

  git(folder, 'init', '--quiet')
  const stderr = check({}, /No such remote/)
  t.match(stderr, /blank: version, commit \(fatal: Needed a single revision\)/)
  t.notMatch(stderr, /^ +at /m)

  const local = repository(t, '/srv/git/service.git')
  const { status, stdout, stderr: told } = run(local.folder, [])
  t.equal(status, 0)
  t.equal(JSON.parse(stdout).source, '', 'a path of this machine is nobody else’s source')
  t.equal(told, 'dockerflow-version: blank: source (origin is no repository on a server)\n')
})

test('git is not asked for what is known already', async (t) => {
  const folder = t.testdir({ bin: {} })
  const { status, stderr } = run(folder, flags(complete), { PATH: join(folder, 'bin') })
  t.equal(status, 0)
  t.equal(stderr, '')
})

test('--output writes the file in place of the old one, and leaves nothing else', async (t) => {
  const folder = t.testdir({ 'version.json': 'old' })
  for (const option of ['--output', '-o']) {
    writeFileSync(join(folder, 'version.json'), 'old')
    t.strictSame(run(folder, [option, 'version.json', ...flags(complete)]), {
      status: 0,
      stdout: '',
      stderr: ''
    })
    t.equal(readFileSync(join(folder, 'version.json'), 'utf8'), `${JSON.stringify(complete, null, 2)}\n`)
    t.strictSame(readdirSync(folder), ['version.json'])
  }
})

test('--output keeps a link a link, and writes to a device as it is', async (t) => {
  const folder = t.testdir({ real: { 'version.json': 'old' } })
  const link = join(folder, 'version.json')
  symlinkSync(join('real', 'version.json'), link)
  t.equal(run(folder, ['-o', 'version.json', ...flags(complete)]).status, 0)
  t.ok(lstatSync(link).isSymbolicLink())
  t.strictSame(JSON.parse(readFileSync(join(folder, 'real', 'version.json'), 'utf8')), complete)
  t.strictSame(readdirSync(join(folder, 'real')), ['version.json'])

  // A pipe of the shell's own: that of spawn is a socket, which Linux opens for nobody.
  const { stdout } = shell(folder, '"$0" "$@" | cat', ['-o', '/dev/stdout', ...flags(complete)])
  t.strictSame(JSON.parse(stdout), complete)
  t.ok(lstatSync('/dev/stdout').isSymbolicLink())
})

test('what can not be written is exit code 1 and one line, and loses nothing', async (t) => {
  const folder = t.testdir({ taken: { 'file.json': 'old' } })
  symlinkSync('loop', join(folder, 'loop'))
  for (const output of [
    'taken',
    'none/version.json',
    'taken/file.json/version.json',
    'loop',
    '',
    'n'.repeat(300)
  ]) {
    const { status, stdout, stderr } = run(folder, ['-o', output, ...flags(complete)])
    t.equal(status, 1, output)
    t.equal(stdout, '')
    t.match(stderr, /^dockerflow-version: can not write ".*": E[A-Z]+: .*\n$/)
    t.strictSame(readdirSync(folder), ['loop', 'taken'])
    t.equal(readFileSync(join(folder, 'taken', 'file.json'), 'utf8'), 'old')
  }
})

test('a stdout that takes nothing is exit code 1 and one line', async (t) => {
  const { stdout, stderr } = shell(t.testdir(), '"$0" "$@" > /dev/full; echo $?', flags(complete))
  t.equal(stdout, '1\n')
  t.match(stderr, /^dockerflow-version: can not write "stdout": ENOSPC: .*\n$/)
})

test('--release writes what is fit for a release', async (t) => {
  const { folder, commit } = repository(t, 'git@h.org:org/service.git')
  git(folder, 'tag', 'v1')
  const { status, stdout, stderr } = run(folder, ['--release', '--build', complete.build])
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })
  t.strictSame(JSON.parse(stdout), { ...complete, version: 'v1', commit })
})

test('--release refuses the rest in one line that names every wrong member, and writes nothing', async (t) => {
  const folder = t.testdir({ 'version.json': 'old' })
  const wrong = {
    source: 'https://u:s3cret@h.org:x/r',
    version: 'TBD',
    commit: SHA.slice(1),
    build: 'see\nhttps://h.org'
  }
  const refused = run(folder, ['--release', '-o', 'version.json', ...flags(wrong)])
  t.strictSame(refused, {
    status: 1,
    stdout: '',
    stderr: `dockerflow-version: no release: ${[
      'source "https://h.org:x/r" must be an http(s) URL',
      'version "TBD" must be a version, neither blank nor a placeholder',
      `commit "${SHA.slice(1)}" must be 40 hex digits, not all of them 0`,
      'build "see\\nhttps://h.org" must be an http(s) URL'
    ].join('; ')}\n`
  })
  t.equal(readFileSync(join(folder, 'version.json'), 'utf8'), 'old')
  t.strictSame(readdirSync(folder), ['version.json'])

  const blank = run(folder, ['--release', '-o', 'new.json'])
  t.equal(blank.status, 1)
  t.match(
    blank.stderr,
    /^dockerflow-version: no release: source "" .*; version "" .*; commit "" .*; build "" .*\(fatal: not a git repository.*\n$/
  )
  t.notOk(existsSync(join(folder, 'new.json')))
})

test('--help tells every option, and is no error', async (t) => {
  const folder = t.testdir()
  const { status, stdout, stderr } = run(folder, ['--help'])
  t.strictSame({ status, stderr }, { status: 0, stderr: '' })
  for (const name of ['output', 'source', 'version', 'commit', 'build', 'release', 'help']) {
    t.match(stdout, `--${name}`)
  }
  t.equal(run(folder, ['-h', '--release', '-o', 'x']).stdout, stdout)
  t.strictSame(readdirSync(folder), [])
})

test('wrong usage is exit code 2 and one line', async (t) => {
  const folder = t.testdir()
  for (const args of [
    ['--comit', SHA],
    ['version.json'],
    ['--version'],
    ['--version', '--release'],
    ['--release=1']
  ]) {
    const { status, stdout, stderr } = run(folder, args)
    t.strictSame({ status, stdout }, { status: 2, stdout: '' })
    t.match(stderr, /^dockerflow-version: .+; see dockerflow-version --help\n$/)
  }
})

test('the built command runs where there is only Node and its folder', async (t) => {
  const folder = t.testdir({ none: {} })
  for (const name of ['bin', 'dist']) cpSync(join(packageRoot, name), join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  for (const file of ['bin/dockerflow-version.js', 'dist/cli.js']) {
    const { status, stdout, stderr } = run(
      folder,
      ['--release', ...flags(complete)],
      { PATH: join(folder, 'none') },
      join(folder, file)
    )
    t.strictSame({ status, stderr }, { status: 0, stderr: '' })
    t.strictSame(JSON.parse(stdout), complete)
  }
})
