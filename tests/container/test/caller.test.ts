// A stranger's repository with a Dockerfile and one workflow file, as docs/artifact-registry.md says: each step of the
// workflows runs here as on GitHub, but for what needs GitHub, Google or Sigstore themselves.
import { execFile, execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { startRegistry } from '@dockerflow/testing/docker-registry'
import { LocalWorkflow } from '@dockerflow/testing/local-workflow'
import { find, without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { before, test } from 'tap'
import { docker, print, requireEngine } from '../src/engine.ts'
import { startNpmRegistry } from '../src/npm-registry.ts'
import { npx } from '../src/npx.ts'

const skip = without('docker-registry', 'skopeo', 'jq')
const template = join(root, 'packages/create-dockerflow/template')

/** What only GitHub, Google and Sigstore can do. */
const elsewhere = ['push actions/attest', 'push sign']
/** What prepares GitHub's machine. */
const prepares =
  /^(?:actions\/setup-node|docker\/setup-(?:qemu|buildx)-action|sigstore\/cosign-installer|anchore\/scan-action)@/
// Of the token below, by bcrypt.
const token = 'token-of-google'
const user = 'oauth2accesstoken:$2b$04$poRPGmtyliYUTx85ZoyuEOjhTk9esyEipHQ7gghwHS4JJp48d4jTe\n'

const server = `import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
import greeting from '@private/greeting'

const answers = { '/__lbheartbeat__': 'OK', '/__heartbeat__': '{}', '/__version__': readFileSync('version.json'), '/': greeting }
const server = createServer((request, response) => {
  response.statusCode = request.url in answers ? 200 : 404
  response.end(answers[request.url])
})
server.listen(process.env.PORT, process.env.HOST)
process.on('SIGTERM', () => server.close())
`

before(requireEngine)

test('one workflow file ends with a pushed, verified digest', { skip }, async (t) => {
  const folder = t.testdir({
    repository: {
      'package.json': JSON.stringify({
        name: 'shop',
        private: true,
        type: 'module',
        main: 'server.js',
        dependencies: { '@private/greeting': '1.0.0' }
      }),
      'server.js': server
    },
    greeting: {
      'package.json': JSON.stringify({ name: '@private/greeting', version: '1.0.0' }),
      'index.js': "module.exports = 'hello from a private package'\n"
    },
    packages: {},
    runners: {},
    docker: {},
    bin: {},
    home: { '.config': { containers: {} } }
  })
  const repository = join(folder, 'repository')
  const host = await startRegistry(t, join(folder, 'images'), user)
  writeFileSync(
    join(folder, 'home/.config/containers/registries.conf'),
    `[[registry]]\nlocation = "${host}"\ninsecure = true\n`
  )

  // Its private package, in a registry that wants a token.
  const npm = await startNpmRegistry(t, join(folder, 'packages'))
  const npmrc = `@private:registry=${npm.url}\n${npm.url.replace('http:', '')}:_authToken=${npm.token}\n`
  writeFileSync(join(folder, 'npmrc'), npmrc)
  const run = async (command: string, args: string[], cwd = repository) =>
    (
      await promisify(execFile)(command, args, {
        cwd,
        env: {
          ...process.env,
          NPM_CONFIG_USERCONFIG: join(folder, 'npmrc'),
          npm_config_omit_lockfile_registry_resolved: 'false'
        }
      })
    ).stdout.trim()
  await run('npm', ['publish', '--access=restricted'], join(folder, 'greeting'))

  // What the guides tell it to have.
  for (const name of ['Dockerfile', '.dockerignore', '.github'])
    cpSync(join(template, name), join(repository, name), { recursive: true })
  await run('npm', ['install', '--package-lock-only'])
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--message=first')
  await git('tag', 'v1.2.3')
  const commit = await git('rev-parse', 'HEAD')

  const { DOCKER_CONFIG = join(process.env.HOME ?? '', '.docker') } = cleanEnvironment()
  cpSync(DOCKER_CONFIG, join(folder, 'docker'), { recursive: true })
  cpSync(join(root, 'tests/container/test/fixtures/docker-without-oci'), join(folder, 'bin/docker'))
  const temporary = `dockerflow-test-${randomUUID()}`
  const asked: unknown[] = []
  const local = new LocalWorkflow({
    folder: join(folder, 'runners'),
    contexts: {
      github: {
        repository: 'my-org/shop',
        server_url: 'https://github.com',
        run_id: 1000,
        sha: commit,
        ref: 'refs/heads/main'
      },
      vars: {
        GAR_IMAGE: `${host}/containers/shop`,
        GCP_WORKLOAD_IDENTITY_PROVIDER: 'provider',
        GCP_SERVICE_ACCOUNT: 'account'
      },
      secrets: { NPMRC: npmrc }
    },
    env: {
      PATH: npx(join(folder, 'bin')),
      REAL_DOCKER: find('docker') ?? 'docker',
      REGISTRY: await startRegistry(t, join(folder, temporary)),
      DOCKER_CONFIG: join(folder, 'docker'),
      DOCKER_BUILDKIT: '1',
      REGISTRY_AUTH_FILE: join(folder, 'docker/config.json'),
      // Where skopeo looks for registries without a certificate.
      HOME: join(folder, 'home'),
      GITHUB_SHA: commit,
      GITHUB_REF: 'refs/heads/main',
      GITHUB_STEP_SUMMARY: join(folder, 'summary')
    },
    action({ uses = '', id }, { workspace, inputs }): Record<string, string> {
      if (uses.startsWith('actions/checkout@')) {
        execFileSync('git', ['clone', '--quiet', repository, workspace])
        execFileSync('git', ['checkout', '--quiet', String(inputs.ref || commit)], { cwd: workspace })
        return {}
      }
      if (uses.startsWith('google-github-actions/auth@')) {
        asked.push([id, inputs.workload_identity_provider, inputs.service_account, inputs.token_format])
        return { access_token: token, auth_token: 'federated' }
      }
      if (!prepares.test(uses)) throw new Error(`${uses} can't be run here`)
      return {}
    }
  })

  const caller = readFileSync(join(repository, '.github/workflows/container.yml'), 'utf8')
  // As the page says for private packages.
  const secret = `    secrets:\n      npmrc: ${'$'}{{ secrets.NPMRC }}`
  const { log } = await local.run(caller.replace('    secrets:', secret), {}, { NPMRC: npmrc }, elsewhere)

  const image = `${host}/containers/shop`
  const [, digest = ''] =
    /^\| digest \| `(.*)` \|$/m.exec(readFileSync(join(folder, 'summary'), 'utf8')) ?? []
  t.match(digest, /^sha256:[0-9a-f]{64}$/)
  t.match(readFileSync(join(folder, 'summary'), 'utf8'), `| image | \`${image}\` |`)

  await docker('--config', join(folder, 'docker'), 'pull', '--quiet', `${image}@${digest}`)
  t.teardown(() => docker('image', 'rm', '--force', `${image}@${digest}`))
  const pushed = await print('run', '--rm', `${image}@${digest}`, 'cat', '/app/version.json')
  t.strictSame(JSON.parse(pushed), {
    source: 'https://github.com/my-org/shop',
    version: 'v1.2.3',
    commit,
    build: 'https://github.com/my-org/shop/actions/runs/1000'
  })

  t.strictSame(
    asked,
    ['google', 'google-again'].map((id) => [id, 'provider', 'account', 'access_token']),
    'a token before the copy, and another after it'
  )
  t.notMatch(log, npm.token, 'no log has the registry’s token')
  t.notMatch(log, token)
  for (const step of [
    'source source',
    'build image',
    'platforms platforms',
    "conformance Dockerflow's requirements",
    'push push',
    'push login-again'
  ])
    t.ok(local.ran.includes(step), step)

  await t.test('an image that breaks the specification is not pushed', async (t) => {
    writeFileSync(join(repository, 'server.js'), server.replace("'/__lbheartbeat__': 'OK', ", ''))
    await git('commit', '--quiet', '--all', '--message=second')
    const broken = await git('rev-parse', 'HEAD')
    const world = local.world
    world.contexts.github.sha = broken
    mkdirSync(join(folder, 'second'))
    const second = new LocalWorkflow({
      ...world,
      folder: join(folder, 'second'),
      env: { ...world.env, GITHUB_SHA: broken },
      action: (step, runner) => {
        if (!step.uses?.startsWith('actions/checkout@')) return world.action(step, runner)
        execFileSync('git', ['clone', '--quiet', repository, runner.workspace])
        return {}
      }
    })
    await t.rejects(second.run(caller.replace('    secrets:', secret), {}, { NPMRC: npmrc }, elsewhere), {
      message: /APP-6::\/__lbheartbeat__ answers 404/
    })
    t.notOk(second.ran.some((step) => step.startsWith('push ')))
  })
})
