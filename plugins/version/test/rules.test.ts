import { test } from 'tap'
import { fromCi } from '../src/ci.ts'
import { findFaults } from '../src/release.ts'
import { repositoryUrl, stripCredentials } from '../src/url.ts'

const SHA = '8f1c5ff0a6cd2d1c1b2d9f9d2f7f6a34a1b0c9d8'

test('a remote becomes the https URL of its repository', async (t) => {
  const cases: [remote: string, url: string][] = [
    ['https://example.org/org/repo', 'https://example.org/org/repo'],
    ['https://example.org/org/repo.git', 'https://example.org/org/repo'],
    ['https://example.org/org/repo.git/\n', 'https://example.org/org/repo'],
    ['https://example.org:8443/org/repo.git', 'https://example.org:8443/org/repo'],
    ['https://example.org/org/repo.git?token=s3cret', 'https://example.org/org/repo'],
    ['https://example.org/org/repo.git#s3cret', 'https://example.org/org/repo'],
    ['git@example.org:org/repo.git?token=s3cret#x', 'https://example.org/org/repo'],
    ['ssh://git@example.org/org/repo?token=s3\ncret', 'https://example.org/org/repo'],
    ['http://example.org/repo', 'http://example.org/repo'],
    ['git@example.org:org/repo.git', 'https://example.org/org/repo'],
    ['git@example.org:/org/@scope/repo', 'https://example.org/org/@scope/repo'],
    ['ssh://git@example.org/org/repo.git', 'https://example.org/org/repo'],
    ['ssh://git@example.org:2222/org/repo.git', 'https://example.org/org/repo'],
    ['git://example.org:9418/org/repo.git', 'https://example.org/org/repo'],
    ['git+ssh://git@example.org/org/repo.git', 'https://example.org/org/repo'],
    ['git+https://example.org/org/repo.git', 'https://example.org/org/repo'],
    ['https://x-access-token:ghs_s3cret@example.org/org/repo.git', 'https://example.org/org/repo'],
    ['https://s3cret@example.org/org/repo', 'https://example.org/org/repo'],
    ['https://user:s3cret@ret@example.org/org/repo', 'https://example.org/org/repo'],
    ['https://user:s3cret/x@example.org/org/repo', 'https://example.org/org/repo'],
    // Not on a server, or not a URL.
    ['/srv/git/repo.git', ''],
    ['../repo', ''],
    ['file:///srv/git/repo.git', ''],
    ['C:\\git\\repo', ''],
    ['C:/git/repo', ''],
    ['https://example.org:port/repo', ''],
    ['TBD', ''],
    ['', '']
  ]
  for (const [remote, url] of cases) t.equal(repositoryUrl(remote), url, remote)
})

test('credentials go, whatever the shape of the value', async (t) => {
  const cases: [value: string, stripped: string][] = [
    ['https://ci.example.org/b/7?x=a@b#c', 'https://ci.example.org/b/7?x=a@b#c'],
    ['https://user:s3cret@ci.example.org/b/@7', 'https://ci.example.org/b/@7'],
    [' https://user:s3cret@ci.example.org/b', 'https://ci.example.org/b'],
    ['https:/user:s3cret@ci.example.org/b', 'ci.example.org/b'],
    ['https:\\\\user:s3cret@ci.example.org/b', 'ci.example.org/b'],
    ['https://user:s3/cret@ci.example.org/b', 'https://ci.example.org/b'],
    ['user:s3cret@ci.example.org/b', 'ci.example.org/b'],
    ['TBD', 'TBD'],
    ['', '']
  ]
  for (const [value, stripped] of cases) t.equal(stripCredentials(value), stripped, value)
})

test('GitHub Actions says repository, tag, commit and run', async (t) => {
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: 'https://github.example.org',
    GITHUB_REPOSITORY: 'org/service',
    GITHUB_REF_TYPE: 'tag',
    GITHUB_REF_NAME: 'v1.2.3',
    GITHUB_SHA: SHA,
    GITHUB_RUN_ID: '1658821493'
  }
  t.strictSame(fromCi(env), {
    source: 'https://github.example.org/org/service',
    version: 'v1.2.3',
    commit: SHA,
    build: 'https://github.example.org/org/service/actions/runs/1658821493'
  })
  t.equal(fromCi({ ...env, GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'main' }).version, undefined)
  t.match(fromCi({ ...env, GITHUB_RUN_ID: '' }), {
    source: 'https://github.example.org/org/service',
    build: ''
  })
  t.match(fromCi({ ...env, GITHUB_REPOSITORY: undefined }), { source: '', build: '', commit: SHA })
  t.match(fromCi({ ...env, GITHUB_ACTIONS: undefined }), { source: '', build: '', commit: undefined })
})

test('CircleCI says repository, tag, commit and job', async (t) => {
  const env = {
    CIRCLECI: 'true',
    CIRCLE_REPOSITORY_URL: 'git@github.com:org/service.git',
    CIRCLE_TAG: 'v1.2.3',
    CIRCLE_SHA1: SHA,
    CIRCLE_BUILD_URL: 'https://circleci.com/gh/org/service/7'
  }
  t.strictSame(fromCi(env), {
    source: 'https://github.com/org/service',
    version: 'v1.2.3',
    commit: SHA,
    build: 'https://circleci.com/gh/org/service/7',
    pullRequest: false
  })
  t.strictSame(fromCi({ CIRCLECI: 'true' }), {
    source: '',
    version: undefined,
    commit: undefined,
    build: '',
    pullRequest: false
  })
})

test('Taskcluster says the task; taskgraph or version 0 of .taskcluster.yml says the rest', async (t) => {
  const task = { TASKCLUSTER_ROOT_URL: 'https://tc.example.org/', TASK_ID: 'fN1SbArXTPSVFUUvaOlinQ' }
  const build = 'https://tc.example.org/tasks/fN1SbArXTPSVFUUvaOlinQ'
  const source = 'https://github.com/org/service'
  t.match(fromCi(task), { source: '', version: undefined, commit: undefined, build })
  t.match(fromCi({ TASK_ID: task.TASK_ID }), { build: '' })

  const own = {
    SERVICE_HEAD_REPOSITORY: `${source}.git`,
    SERVICE_HEAD_REV: SHA,
    SERVICE_HEAD_REF: 'refs/heads/main'
  }
  t.match(fromCi({ ...task, ...own }), { source, version: undefined, commit: SHA, build })
  t.match(fromCi({ ...task, ...own, SERVICE_HEAD_TAG: 'refs/tags/v1' }), { version: 'v1' })
  t.match(fromCi({ ...task, ...own, SERVICE_HEAD_REF: 'refs/tags/v2' }), { version: 'v2' })

  const image = { VCS_HEAD_REPOSITORY: 'https://github.com/org/image', VCS_HEAD_REV: SHA.replace('8', '9') }
  t.match(fromCi({ ...task, ...own, ...image }), {
    source: 'https://github.com/org/image',
    commit: SHA.replace('8', '9')
  })

  const other = { SCRIPTS_HEAD_REPOSITORY: 'https://github.com/org/scripts', SCRIPTS_HEAD_REV: SHA }
  t.match(
    fromCi({ ...task, ...own, ...other }),
    { source: '', commit: undefined, build },
    'which of the two?'
  )

  const v0 = { GITHUB_HEAD_REPO_URL: source, GITHUB_HEAD_SHA: SHA, GITHUB_HEAD_TAG: 'v1.0.2' }
  t.match(fromCi({ ...task, ...v0 }), { source, version: 'v1.0.2', commit: SHA, build })
})

test('GitLab, Buildkite, Bitbucket and Cloud Build say what they know', async (t) => {
  const cases: [env: Record<string, string>, known: object, pullRequest: Record<string, string>][] = [
    [
      {
        GITLAB_CI: 'true',
        CI_PROJECT_URL: 'https://gitlab.example.org/org/service',
        CI_COMMIT_TAG: 'v1.2.3',
        CI_COMMIT_SHA: SHA,
        CI_JOB_URL: 'https://gitlab.example.org/org/service/-/jobs/7'
      },
      {
        source: 'https://gitlab.example.org/org/service',
        version: 'v1.2.3',
        commit: SHA,
        build: 'https://gitlab.example.org/org/service/-/jobs/7'
      },
      {
        CI_MERGE_REQUEST_IID: '3',
        CI_COMMIT_SHA: '1'.repeat(40),
        CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: SHA
      }
    ],
    [
      {
        BUILDKITE: 'true',
        BUILDKITE_REPO: 'git@example.org:org/service.git',
        BUILDKITE_TAG: 'v1.2.3',
        BUILDKITE_COMMIT: SHA,
        BUILDKITE_BUILD_URL: 'https://buildkite.com/org/service/builds/7',
        BUILDKITE_JOB_ID: 'a-b',
        BUILDKITE_PULL_REQUEST: 'false'
      },
      {
        source: 'https://example.org/org/service',
        version: 'v1.2.3',
        commit: SHA,
        build: 'https://buildkite.com/org/service/builds/7#a-b'
      },
      { BUILDKITE_PULL_REQUEST: '3' }
    ],
    [
      {
        BITBUCKET_BUILD_NUMBER: '7',
        BITBUCKET_REPO_FULL_NAME: 'org/service',
        BITBUCKET_TAG: 'v1.2.3',
        BITBUCKET_COMMIT: SHA
      },
      {
        source: 'https://bitbucket.org/org/service',
        version: 'v1.2.3',
        commit: SHA,
        build: 'https://bitbucket.org/org/service/pipelines/results/7'
      },
      { BITBUCKET_PR_ID: '3' }
    ],
    [
      {
        PROJECT_ID: 'shop',
        BUILD_ID: 'a-b',
        LOCATION: 'europe-west1',
        TAG_NAME: 'v1.2.3',
        COMMIT_SHA: SHA
      },
      {
        source: '',
        version: 'v1.2.3',
        commit: SHA,
        build: 'https://console.cloud.google.com/cloud-build/builds;region=europe-west1/a-b?project=shop'
      },
      { _PR_NUMBER: '3' }
    ]
  ]
  for (const [env, known, pullRequest] of cases) {
    t.strictSame(fromCi(env), { ...known, pullRequest: false })
    t.match(fromCi({ ...env, ...pullRequest }), { commit: SHA, pullRequest: true })
  }
  t.match(fromCi({ PROJECT_ID: 'shop', BUILD_ID: 'a', COMMIT_SHA: SHA }).build, ';region=global/')
  const byHand = { BUILDKITE: 'true', BUILDKITE_COMMIT: 'HEAD', BUILDKITE_BUILD_URL: 'https://b.org/7' }
  t.match(fromCi(byHand), { commit: undefined, build: 'https://b.org/7' }, 'HEAD is no commit')
  t.match(fromCi({ BITBUCKET_BUILD_NUMBER: '7' }), { source: '', build: '' })
})

test('no credentials come through from CI', async (t) => {
  const secret = {
    CIRCLECI: 'true',
    CIRCLE_REPOSITORY_URL: 'https://u:s3cret@h.org/r',
    CIRCLE_BUILD_URL: 'https://s3cret@h.org/7'
  }
  t.match(fromCi(secret), { source: 'https://h.org/r', build: 'https://h.org/7' })
})

const release = { source: 'https://h.org/r', version: '1.2.3', commit: SHA, build: 'http://ci.h.org/7?a=b' }

test('a release may have any real version', async (t) => {
  for (const version of ['1', 'v1.2.3-rc.1+build.7', '2025.11.20', 'main-7', 'a "quoted"\nversion', 'β']) {
    t.strictSame(findFaults({ ...release, version }), [], version)
  }
  t.strictSame(findFaults({ ...release, commit: SHA.toUpperCase() }), [])
})

test('a release has no blank version and no placeholder', async (t) => {
  const words = 'tbd TBA todo FIXME unknown None null nil undefined NaN n/a NA placeholder changeme change-me'
  const names = 'latest main Master HEAD xxx xx - ... ???'
  const templates = `<version> $VERSION \${VERSION} v\${VERSION} $(version) {{version}} %VERSION% @VERSION@`
  const values = [words, names, templates].flatMap((list) => list.split(' '))
  for (const version of [...values, '', ' \n', ' TBD ']) {
    t.strictSame(findFaults({ ...release, version }), [
      `version ${JSON.stringify(version)} must be a version, neither blank nor a placeholder`
    ])
  }
})

test('a release has a commit of 40 hex digits', async (t) => {
  for (const commit of [
    '',
    'TBD',
    SHA.slice(1),
    `${SHA}0`,
    `${SHA}\n`,
    SHA.replace('8', 'g'),
    '0'.repeat(40)
  ]) {
    t.strictSame(findFaults({ ...release, commit }), [
      `commit ${JSON.stringify(commit)} must be 40 hex digits, not all of them 0`
    ])
  }
})

test('a release has http(s) URLs as source and build', async (t) => {
  const words = 'TBD h.org/r ftp://h.org/r https:// https://TBD https://h:x/'
  const templates = `https://h.org/<org>/r https://h.org/\${ORG}/r https://$HOST/r https://h.org/$ORG`
  for (const url of [...`${words} ${templates}`.split(' '), '', 'https://h.org/a b']) {
    t.strictSame(findFaults({ ...release, source: url, build: url }), [
      `source ${JSON.stringify(url)} must be an http(s) URL`,
      `build ${JSON.stringify(url)} must be an http(s) URL`
    ])
  }
})

test('a fault quotes no more than 100 characters of a value', async (t) => {
  t.strictSame(findFaults({ ...release, commit: 'x'.repeat(5_000) }), [
    `commit "${'x'.repeat(100)}" must be 40 hex digits, not all of them 0`
  ])
})
