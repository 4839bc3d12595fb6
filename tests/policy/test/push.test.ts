// Runs the scripts of the workflows themselves, against a real registry.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeArchive } from '@dockerflow/testing/archive'
import { startRegistry as start } from '@dockerflow/testing/docker-registry'
import { without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { runStep, script } from '@dockerflow/testing/runner'
import type { Step, Workflow } from '@dockerflow/testing/workflows'
import { type Test, test } from 'tap'
import { parse } from 'yaml'

const skip = without('docker-registry', 'skopeo', 'jq')
const commit = '0123456789abcdef0123456789abcdef01234567'

/** A folder that is a runner's, and a way to run a script there. */
function runner(t: Test) {
  const temp = t.testdir({})
  return { temp, run: (source: string, env?: Record<string, string>) => runStep(temp, source, env) }
}

/** Starts a registry, and tells skopeo that it has no certificate; resolves with its host and port. */
async function startRegistry(t: Test, temp: string): Promise<string> {
  const host = await start(t, temp)
  mkdirSync(join(temp, '.config/containers'), { recursive: true })
  writeFileSync(
    join(temp, '.config/containers/registries.conf'),
    `[[registry]]\nlocation = "${host}"\ninsecure = true\n`
  )
  return host
}

/** The digest that a registry has under a tag, or undefined. */
async function digestOf(image: string, reference: string): Promise<string | null> {
  const res = await fetch(`http://${image.replace('/', '/v2/')}/manifests/${reference}`, {
    headers: { accept: 'application/vnd.oci.image.index.v1+json' }
  })
  return res.headers.get('docker-content-digest')
}

const push = script('_container.yml', 'push', 'push')

// Building and Testing 4.
test('what was verified is pushed, under its digest and every tag', { skip }, async (t) => {
  const { temp, run } = runner(t)
  const image = `${await startRegistry(t, temp)}/containers/demo`
  const digest = writeArchive(join(temp, 'image.tar'))
  t.match(run(script('_build.yml', 'build', 'archive'), { NAME: image }).output, { digest })

  const { status, output, log } = run(push, {
    IMAGE: image,
    DIGEST: digest,
    COMMIT: commit,
    MORE_TAGS: '1.0.0 a'
  })
  t.equal(status, 0, log)
  const tags = ['sha-0123456789ab-1000.1', '1.0.0', 'a']
  t.strictSame(output, {
    digest,
    image: `${image}@${digest}`,
    images: image,
    pushed: tags.map((tag) => `${image}:${tag}`).join(' ')
  })
  for (const reference of [digest, ...tags]) t.equal(await digestOf(image, reference), digest, reference)
})

test('the same digest goes to Docker Hub too, or there alone', { skip }, async (t) => {
  const { temp, run } = runner(t)
  const host = await startRegistry(t, temp)
  const digest = writeArchive(join(temp, 'image.tar'), {}, ['amd64', 'arm64'])
  // Docker Hub's name is in the script; here, it is this registry.
  const hub = push.replaceAll('docker.io/', `${host}/`)
  const env = {
    DOCKER_HUB_IMAGE: 'my-org/shop',
    DIGEST: digest,
    COMMIT: commit,
    MORE_TAGS: 'a',
    LATEST: 'true'
  }
  const both = run(hub, { ...env, IMAGE: `${host}/containers/shop` })
  t.equal(both.status, 0, both.log)
  t.equal(both.output.image, `${host}/containers/shop@${digest}`)
  t.equal(both.output.images, `${host}/containers/shop ${host}/my-org/shop`)
  for (const image of [`${host}/containers/shop`, `${host}/my-org/shop`])
    for (const tag of ['sha-0123456789ab-1000.1', 'a', 'latest'])
      t.equal(await digestOf(image, tag), digest, tag)
  const alone = run(hub, env)
  t.equal(alone.status, 0, alone.log)
  t.equal(alone.output.image, `${host}/my-org/shop@${digest}`)
})

test('a version pushes its tags, of which those that move do so only forward', { skip }, async (t) => {
  const { temp, run } = runner(t)
  const image = `${await startRegistry(t, temp)}/shop`
  /** Pushes an image of its own as `VERSION`; returns its digest. */
  const release = (VERSION: string) => {
    const digest = writeArchive(join(temp, 'image.tar'), { VERSION })
    const env = { IMAGE: image, DIGEST: digest, COMMIT: commit, VERSION, SEMVER: 'true', LATEST: 'true' }
    const { status, log } = run(push, env)
    t.equal(status, 0, log)
    return digest
  }
  const tags = async () => {
    const { tags } = (await (await fetch(`http://${image.replace('/', '/v2/')}/tags/list`)).json()) as {
      tags: string[]
    }
    return tags.filter((tag) => !tag.startsWith('sha-')).sort()
  }
  const zero = release('0.9.0')
  t.strictSame(await tags(), ['0.9', '0.9.0', 'latest'], 'nothing is promised across 0.x')
  t.equal(await digestOf(image, 'latest'), zero)
  const two = release('v1.2.0')
  t.strictSame(await tags(), ['0.9', '0.9.0', '1', '1.2', '1.2.0', 'latest'])
  const ten = release('v1.10.0')
  for (const tag of ['1.10.0', '1.10', '1', 'latest']) t.equal(await digestOf(image, tag), ten, tag)
  const fix = release('v1.2.1')
  for (const tag of ['1.2.1', '1.2']) t.equal(await digestOf(image, tag), fix, tag)
  for (const tag of ['1', 'latest']) t.equal(await digestOf(image, tag), ten, tag)
  t.equal(await digestOf(image, '1.2.0'), two)
  release('v2.0.0-rc.1')
  const before = await tags()
  t.ok(before.includes('2.0.0-rc.1'))
  t.notOk(before.includes('2'))
  t.equal(await digestOf(image, 'latest'), ten)
  release('v1.10.0-3-g0123456789ab')
  t.strictSame(await tags(), before, 'a commit after a version is none')
})

test('an archive that is not what was verified is not pushed', { skip }, async (t) => {
  const { temp, run } = runner(t)
  const host = await startRegistry(t, temp)
  const digest = writeArchive(join(temp, 'image.tar'))
  t.not(writeArchive(join(temp, 'image.tar'), { changed: 'since' }), digest)
  const env = { IMAGE: `${host}/demo`, DIGEST: digest, COMMIT: commit, MORE_TAGS: '' }
  const { status, output, log } = run(push, env)
  t.equal(status, 1)
  t.match(log, '::error::the archive is not what was verified')
  t.strictSame(output, {})
  t.strictSame(await (await fetch(`http://${host}/v2/_catalog`)).json(), { repositories: [] })
})

test('a tag that can be none is refused before anything is pushed', { skip }, async (t) => {
  const { temp, run } = runner(t)
  const host = await startRegistry(t, temp)
  const digest = writeArchive(join(temp, 'image.tar'))
  for (const tag of ['@dockerflow/demo@1.0.0', '$(id)', '-a', 'a'.repeat(129)]) {
    const { status, log } = run(push, {
      IMAGE: `${host}/demo`,
      DIGEST: digest,
      COMMIT: commit,
      MORE_TAGS: tag
    })
    t.equal(status, 1)
    t.match(log, /^::error::a tag has a character .*\n$/, tag)
  }
  t.strictSame(await (await fetch(`http://${host}/v2/_catalog`)).json(), { repositories: [] })
})

test('the images of one run, and of each attempt of it, are artifacts of different names', {
  skip
}, async (t) => {
  const { temp, run } = runner(t)
  const names = new Set<string>()
  const cases: [image: string, made: string, attempt: string][] = [
    ['europe-west1-docker.pkg.dev/my-project/containers/shop', 'a', '1'],
    ['europe-west1-docker.pkg.dev/my-project/containers/shop', 'a', '2'],
    ['us-east1-docker.pkg.dev/my-project/containers/shop', 'a', '1'],
    ['us-east1-docker.pkg.dev/my-project/containers/shop', 'b', '1']
  ]
  for (const [IMAGE, made, GITHUB_RUN_ATTEMPT] of cases) {
    writeArchive(join(temp, 'image.tar'), { made })
    const { output } = run(script('_build.yml', 'build', 'archive'), { NAME: IMAGE, GITHUB_RUN_ATTEMPT })
    t.match(output.artifact, /^image-[0-9a-f]{16}-\d+$/)
    names.add(output.artifact ?? '')
  }
  t.equal(names.size, cases.length)
  const jobs = (name: string) => parse(readFileSync(join(root, '.github/workflows', name), 'utf8')).jobs
  const named = (job: { steps: Step[] }) =>
    job.steps.filter(({ uses }) => /-artifact@/.test(uses ?? '')).map((step) => step.with?.name)
  const expression = (text: string) => `${'$'}{{ ${text} }}`
  const { source, verify, push } = jobs('_container.yml')
  t.strictSame(named(source), [expression('steps.artifact.outputs.name')])
  t.strictSame(named(jobs('_build.yml').build), [
    expression('inputs.source'),
    expression('steps.archive.outputs.artifact')
  ])
  t.equal(verify.with.artifact, expression('needs.build.outputs.artifact'))
  t.strictSame(named(push), [expression('needs.build.outputs.artifact')])
})

test('an archive with more than one image is refused', { skip }, async (t) => {
  const { temp, run } = runner(t)
  writeFileSync(join(temp, 'index.json'), '{"manifests":[{"digest":"sha256:a"},{"digest":"sha256:b"}]}')
  t.equal(spawnSync('tar', ['-cf', join(temp, 'image.tar'), '-C', temp, 'index.json']).status, 0)
  const { status, log } = run(script('_build.yml', 'build', 'archive'))
  t.not(status, 0)
  t.match(log, 'one image is expected')
})

test('an image runs on each of its platforms that GitHub can run, and none is left out', {
  skip
}, async (t) => {
  const { temp, run } = runner(t)
  const source = script('_conformance.yml', 'platforms', 'platforms')
  const of = (architectures: string[]) =>
    run(source, { DIGEST: writeArchive(join(temp, 'image.tar'), {}, architectures) })
  t.equal(of(['amd64']).output.platforms, '["linux/amd64"]')
  t.equal(of(['amd64', 'arm64']).output.platforms, '["linux/amd64","linux/arm64"]')
  const { status, output, log } = of(['amd64', 's390x'])
  t.equal(status, 1)
  t.strictSame(output, {})
  t.match(log, '::error::an image must be for linux/amd64, linux/arm64 or both')
  // An image without an index has its platform in its configuration.
  const { manifests } = JSON.parse(
    readFileSync(
      join(temp, 'image.tar.d/blobs', writeArchive(join(temp, 'image.tar')).replace(':', '/')),
      'utf8'
    )
  )
  t.equal(run(source, { DIGEST: manifests[0].digest }).output.platforms, '["linux/amd64"]')
})

test('inputs that can not be meant are refused in one line, before anything is built', async (t) => {
  const { run } = runner(t)
  const check = (env: Record<string, string>) => run(script('_container.yml', 'source', 'The inputs'), env)
  t.equal(check({ IMAGE: 'a.pkg.dev/b/c', PROVIDER: 'p' }).status, 0)
  t.equal(check({ DOCKER_HUB_IMAGE: 'my-org/shop' }).status, 0)
  const cases: [env: Record<string, string>, message: string][] = [
    [{}, 'give image, docker-hub-image, or both'],
    [{ IMAGE: 'a.pkg.dev/b/c' }, 'image needs workload-identity-provider'],
    [{ DOCKER_HUB_IMAGE: 'docker.io/my-org/shop' }, 'docker-hub-image is not USER/NAME'],
    [
      { DOCKER_HUB_IMAGE: 'a/b', NPM_REGISTRY: 'https://a' },
      'npm-registry needs npm-workload-identity-provider'
    ]
  ]
  for (const [env, message] of cases) {
    const { status, log } = check(env)
    t.equal(status, 1)
    t.match(log, new RegExp(`^::error::${message}.*\\n$`))
  }
})

test('a digest is promoted with its signature, to another tag or another registry', { skip }, async (t) => {
  const { temp, run } = runner(t)
  const host = await startRegistry(t, temp)
  const [from, other] = [`${host}/staging/shop`, `${host}/production/shop`]
  const digest = writeArchive(join(temp, 'image.tar'))
  t.equal(run(push, { IMAGE: from, DIGEST: digest, COMMIT: commit, MORE_TAGS: '' }).status, 0)
  const signature = writeArchive(join(temp, 'image.tar'), { signature: 'of that' })
  const tag = digest.replace(':', '-')
  for (const name of [tag, `${tag}.sig`, 'unrelated'])
    execFileSync('skopeo', [
      'copy',
      '--quiet',
      '--all',
      '--dest-tls-verify=false',
      `oci-archive:${temp}/image.tar`,
      `docker://${from}:${name}`
    ])

  const copy = (env: Record<string, string>) =>
    run(script('promote.yml', 'promote', 'copy'), { DIGEST: digest, ...env })
  const tagged = copy({ IMAGE: `${from}@${digest}`, TO: `${from}:1.2.3` })
  t.equal(tagged.status, 0, tagged.log)
  t.equal(await digestOf(from, '1.2.3'), digest)
  const copied = copy({ IMAGE: `${from}@${digest}`, TO: `${other}:1.2.3` })
  t.strictSame(copied.output, { image: `${other}@${digest}` }, copied.log)
  t.equal(await digestOf(other, '1.2.3'), digest)
  for (const name of [tag, `${tag}.sig`]) t.equal(await digestOf(other, name), signature, name)
  t.equal(await digestOf(other, 'unrelated'), null)

  const changed = copy({ IMAGE: `${from}@${signature}`, TO: `${other}:2` })
  t.equal(changed.status, 1)
  t.match(changed.log, '::error::the image is not what was verified')
  t.match(copy({ IMAGE: `${from}@${digest}`, TO: other }).log, '::error::to is not NAME:TAG')
  t.equal(await digestOf(other, '2'), null)
})

test('verify.yml takes an image by its digest alone, and a signer without a ref', async (t) => {
  const { run } = runner(t)
  const check = (IMAGE: string, SIGNER_WORKFLOW: string) =>
    run(script('verify.yml', 'signature', 'inputs'), { IMAGE, SIGNER_WORKFLOW })
  const image = `europe-west1-docker.pkg.dev/my-project/containers/shop@sha256:${'0'.repeat(64)}`
  const signer = 'my-org/dockerflow/.github/workflows/_container.yml'
  t.equal(check(image, signer).status, 0)
  t.match(check(image.replace(/@.*/, ':latest'), signer).log, '::error::image is not NAME@sha256:DIGEST')
  t.match(check(image, `${signer}@refs/heads/main`).log, '::error::signer-workflow is not')
})

test('the nightly scan finds what was published last', { skip }, async (t) => {
  const { temp, run } = runner(t)
  const image = `${await startRegistry(t, temp)}/demo`
  let digest = ''
  for (const [id, attempt] of [
    ['1000', '1'],
    ['999', '1'],
    ['1000', '10'],
    ['1000', '9']
  ] as const) {
    const made = writeArchive(join(temp, 'image.tar'), { id, attempt })
    if (attempt === '10') digest = made
    const env = { IMAGE: image, DIGEST: made, COMMIT: commit, GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: attempt }
    const { status, log } = run(push, { ...env, MORE_TAGS: `v${id}.${attempt}` })
    t.equal(status, 0, log)
  }
  const { output, log } = run(script('nightly.yml', 'published', 'newest'), { IMAGE: image })
  t.strictSame(output, { image: `${image}@${digest}` }, log)
})

test('a base image that moved differs from one that did not, and from one that is pinned', {
  skip
}, async (t) => {
  const { temp, run } = runner(t)
  const materials = [
    { uri: 'pkg:docker/debian@bookworm-slim?platform=linux%2Famd64', digest: { sha256: 'aa' } },
    { uri: 'pkg:docker/example.org/node@26?platform=linux%2Famd64', digest: { sha256: 'bb' } },
    { uri: 'pkg:docker/redis@7?digest=sha256:cc&platform=linux%2Famd64', digest: { sha256: 'cc' } },
    { uri: 'https://example.org/source.git', digest: { sha1: 'dd' } }
  ]
  // One platform has them in the form of SLSA 0.2, the other in that of 1.0.
  const provenance = {
    'linux/amd64': { SLSA: { materials } },
    'linux/arm64': { SLSA: { buildDefinition: { resolvedDependencies: materials } } }
  }
  const [, filter = ''] = /jq -r '([\s\S]*?)'\)/.exec(script('nightly.yml', 'published', 'base')) ?? []
  writeFileSync(join(temp, 'provenance.json'), JSON.stringify(provenance))
  const { log } = run('jq -r "$FILTER" "$RUNNER_TEMP/provenance.json"', { FILTER: filter })
  t.equal(log, 'debian:bookworm-slim sha256:aa\nexample.org/node:26 sha256:bb\n')
})

test('a release is a pull request that changes versions, notes and the lockfile alone', async (t) => {
  const temp = t.testdir({ bin: {}, gh: '', remote: { my: {} } })
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd,
      encoding: 'utf8'
    }).trim()
  const remote = join(temp, 'remote/my/shop')
  git(temp, 'init', '--quiet', '--bare', '--initial-branch=main', remote)
  git(temp, 'clone', '--quiet', remote, 'work')
  const work = join(temp, 'work')
  mkdirSync(join(work, 'plugins/a'), { recursive: true })
  writeFileSync(join(work, 'plugins/a/package.json'), '{"version":"1.0.0"}\n')
  writeFileSync(join(work, 'Makefile'), 'all:\n')
  const commit = (message: string) => {
    git(work, 'add', '--all')
    git(work, 'commit', '--quiet', '--message', message)
    git(work, 'push', '--quiet', 'origin', 'HEAD:main')
    return git(work, 'rev-parse', 'HEAD')
  }
  const head = commit('first')
  // Answers that there is no pull request, and writes down what it is asked to do.
  writeFileSync(join(temp, 'bin/gh'), `#!/bin/sh\necho "$*" >>'${join(temp, 'gh')}'\n`, { mode: 0o755 })
  /** Runs both jobs, with `change` in place of what changesets does. */
  const release = (change: () => void) => {
    git(work, 'checkout', '--quiet', '--force', '-B', 'next', head)
    change()
    const patch = runStep(temp, script('release.yml', 'version', 'patch'), {}, work)
    rmSync(join(temp, 'repository'), { recursive: true, force: true })
    const env = {
      PATH: `${join(temp, 'bin')}:${process.env.PATH}`,
      GITHUB_SERVER_URL: `file://${join(temp, 'remote')}`,
      GITHUB_REPOSITORY: 'my/shop',
      GITHUB_SHA: head
    }
    const push =
      patch.output.pending === 'true' && runStep(temp, script('release.yml', 'pull-request', 'push'), env)
    return { pending: patch.output.pending, push }
  }
  t.strictSame(
    release(() => {}),
    { pending: 'false', push: false }
  )

  const version = (text: string) => () => {
    writeFileSync(join(work, 'plugins/a/package.json'), `{"version":"${text}"}\n`)
    writeFileSync(join(work, 'plugins/a/CHANGELOG.md'), '# a\n')
  }
  for (const text of ['1.1.0', '1.2.0']) {
    t.match(release(version(text)), { pending: 'true', push: { status: 0 } })
    t.match(git(remote, 'show', 'release/next:plugins/a/package.json'), text)
    t.equal(git(remote, 'rev-parse', 'release/next~1'), head)
  }
  t.match(
    readFileSync(join(temp, 'gh'), 'utf8'),
    /^pr create --base main --head release\/next --title Release /m
  )

  const before = git(remote, 'rev-parse', 'release/next')
  const other = release(() => writeFileSync(join(work, 'Makefile'), 'all:\n\tcurl evil\n'))
  t.match(other, { push: { status: 1, log: '::error::a release must not change Makefile' } })
  t.equal(git(remote, 'rev-parse', 'release/next'), before)
})

test('what is not in the history of the branch is not built in its name', async (t) => {
  const { temp, run } = runner(t)
  const git = (...args: string[]) => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
    return execFileSync('git', [...identity, ...args], { cwd: temp, encoding: 'utf8' }).trim()
  }
  const commit = (message: string) => {
    git('commit', '--quiet', '--allow-empty', '--no-gpg-sign', '--message', message)
    return git('rev-parse', 'HEAD')
  }
  git('init', '--quiet', '--initial-branch=main')
  const first = commit('first')
  git('tag', 'v1.0.0')
  const head = commit('second')
  const source = script('_container.yml', 'source', 'source')
  const env = { GITHUB_SHA: head, GITHUB_REF: 'refs/heads/main', VERSION: '' }

  git('tag', '@dockerflow/version@1.0.0') // is no version of the image
  t.match(run(source, env).output, { commit: head, version: /^v1\.0\.0-1-g[0-9a-f]{12}$/, time: /^\d+$/ })
  git('checkout', '--quiet', 'v1.0.0')
  t.match(run(source, env).output, { commit: first, version: 'v1.0.0' })
  t.match(run(source, { ...env, VERSION: '2.0.0 "a" $HOME' }).output, { version: '2.0.0 "a" $HOME' })
  const two = run(source, { ...env, VERSION: '2.0.0\ncommit=0' })
  t.match(two, { status: 1, output: {}, log: /^::error::the version has more than one line.*\n$/ })

  git('checkout', '--quiet', '-b', 'unreviewed')
  commit('third')
  const { status, output, log } = run(source, env)
  t.equal(status, 1)
  t.strictSame(output, {})
  t.equal(log, '::error::the commit to build is not in the history of refs/heads/main\n')
})

test('the gate is open only when every job before it has succeeded', async (t) => {
  const { run } = runner(t)
  const { jobs }: Workflow = parse(readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8'))
  const gate = jobs.ci?.steps?.[0]?.run ?? ''
  t.equal(run(gate, { RESULTS: 'success success' }).status, 0)
  for (const result of ['failure', 'cancelled', 'skipped']) {
    t.not(run(gate, { RESULTS: `success ${result} success` }).status, 0, result)
  }
})

test('the signer is read from the job’s own token', { skip: without('jq') }, async (t) => {
  const { run } = runner(t)
  const workflow = 'my-org/dockerflow/.github/workflows/_container.yml@refs/heads/main'
  const filter = /jq -rR '([^']*)'/.exec(script('_container.yml', 'push', 'sign'))?.[1] ?? ''
  // Of every length that base64url's missing padding can have, and with characters that only it has.
  for (const padding of ['', '?', '??>', 'ÿÿ~~']) {
    const payload = JSON.stringify({ padding, job_workflow_ref: workflow })
    const token = `e30.${Buffer.from(payload).toString('base64url')}.c2ln`
    t.equal(run('jq -rR "$FILTER" <<<"$TOKEN"', { FILTER: filter, TOKEN: token }).log, `${workflow}\n`)
  }
})
