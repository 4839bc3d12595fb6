// A stranger's service, built as docs/guides/image.md says, and on the base images as their README does.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { find } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { before, type Test, test } from 'tap'
import { parse } from 'yaml'
import { Container, inspect } from '../src/container.ts'
import { docker, print, requireEngine } from '../src/engine.ts'
import { found } from '../src/layers.ts'
import { startNpmRegistry } from '../src/npm-registry.ts'

const template = join(root, 'packages/create-dockerflow/template')
const guide = readFileSync(join(root, 'docs/guides/image.md'), 'utf8')
const [fiveLines = '', withSecret = ''] = [
  ...readFileSync(join(root, 'docker/base/README.md'), 'utf8').matchAll(/^```dockerfile\n([\s\S]*?)^```/gm)
].map(([, code]) => code)
const [buildCommand = ''] = /^docker build [\s\S]*?(?=^```)/m.exec(guide) ?? []
const source = 'https://git.example.org/shop'

const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))
const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** A package whose install script looks for credentials, and says so in a file of its own. */
const scripted = {
  'package.json': JSON.stringify({
    name: '@private/scripted',
    version: '1.0.0',
    license: 'MPL-2.0',
    scripts: { postinstall: 'node install.js' }
  }),
  'install.js': `const fs = require('node:fs')
const npmrc = require('node:os').homedir() + '/.npmrc'
fs.writeFileSync('installed', fs.existsSync(npmrc) ? 'with credentials' : 'without credentials')`
}

const server = `import dockerflow, { dockerflowServerOptions, serve } from '@dockerflow/all'
import Fastify from 'fastify'

const app = Fastify(dockerflowServerOptions({ logger: 'shop' }))
await app.register(dockerflow)
app.get('/', async () => 'hello')
await serve(app)
`

const dependencies = {
  '@dockerflow/all': '*',
  '@private/scripted': '1.0.0',
  fastify: catalog.fastify
}

/** The stranger's files, before the guide's. */
const services = {
  npm: {
    'package.json': JSON.stringify({
      name: 'shop',
      private: true,
      type: 'module',
      main: 'dist/server.js',
      scripts: { build: 'tsc' },
      dependencies,
      devDependencies: { '@types/node': catalog['@types/node'], typescript: catalog.typescript }
    }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'es2024',
        types: ['node'],
        rootDir: 'src',
        outDir: 'dist',
        strict: true,
        skipLibCheck: true
      },
      include: ['src']
    }),
    src: { 'server.ts': server },
    '.env': 'PASSWORD=secret-of-this-machine'
  },
  pnpm: {
    'package.json': JSON.stringify({
      name: 'shop',
      private: true,
      type: 'module',
      main: 'server.js',
      packageManager,
      dependencies,
      devDependencies: { yaml: catalog.yaml }
    }),
    'pnpm-workspace.yaml': JSON.stringify({
      minimumReleaseAge: 0,
      allowBuilds: { '@private/scripted': true, 'unix-dgram': false }
    }),
    'server.js': server,
    '.env': 'PASSWORD=secret-of-this-machine'
  }
}

const run = async (command: string, args: string[], cwd: string, env: Record<string, string> = {}) =>
  (await promisify(execFile)(command, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 }))
    .stdout

before(requireEngine)

test('a service that is one package is built as the guide says, and complies', async (t) => {
  const folder = t.testdir({
    ...services,
    based: structuredClone(services.npm),
    scripted,
    registry: {},
    packed: {},
    bin: {}
  })
  const { url, token } = await startNpmRegistry(t, join(folder, 'registry'), ['@private', '@dockerflow'])
  const npmrc = join(folder, 'npmrc')
  writeFileSync(npmrc, `registry=${url}\n${url.replace('http:', '')}:_authToken=${token}\n`)
  // The pnpm that is here, as in the image: `packageManager` would make it look for builds that this registry may lack.
  const env = {
    NPM_CONFIG_USERCONFIG: npmrc,
    // `npm run` hands on the registry of your own .npmrc, and the environment counts for more than that file.
    npm_config_registry: url,
    pnpm_config_userconfig: npmrc,
    pnpm_config_pm_on_fail: 'ignore',
    // The image has no .npmrc: the lockfile says where a package is, also where this machine's npm leaves that out.
    npm_config_omit_lockfile_registry_resolved: 'false'
  }
  await run(process.execPath, [join(root, 'release/src/pack-all.ts'), join(folder, 'packed')], root)
  for (const archive of globSync(join(folder, 'packed/*.tgz')))
    await run('npm', ['publish', archive], folder, env)
  await run('npm', ['publish', '--access=restricted'], join(folder, 'scripted'), env)

  // What this machine needs to reach the registry, beside the guide's own arguments.
  const real = find('docker') ?? 'docker'
  const shim = `#!/bin/sh
[ "$1" = build ] || exec '${real}' "$@"
shift
exec '${real}' build --network=host --secret=id=npmrc,src='${npmrc}' "$@"
`
  writeFileSync(join(folder, 'bin/docker'), shim, { mode: 0o755 })

  for (const manager of ['npm', 'pnpm'] as const) {
    await t.test(manager, async (t) => {
      const service = join(folder, manager)
      for (const name of ['Dockerfile', '.dockerignore'])
        copyFileSync(join(template, name), join(service, name))
      const lock = {
        npm: ['install', '--package-lock-only'],
        pnpm: ['install', '--lockfile-only']
      }[manager]
      await run(manager, lock, service, env)
      mkdirSync(join(service, 'node_modules/of-this-machine'), { recursive: true })
      for (const args of [
        ['init', '--quiet'],
        ['remote', 'add', 'origin', source],
        [
          '-c',
          'user.name=a',
          '-c',
          'user.email=a@example.org',
          'commit',
          '--quiet',
          '--allow-empty',
          '-mfirst'
        ],
        ['tag', 'v1.2.3']
      ])
        await run('git', args, service)
      const commit = (await run('git', ['rev-parse', 'HEAD'], service)).trim()

      const image = `dockerflow-test-service:${manager}-${randomUUID()}`
      await run('bash', ['-euc', buildCommand.replace('--tag shop', `--tag ${image}`)], service, {
        ...env,
        DOCKER_BUILDKIT: '1',
        PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
        CI_JOB_URL: 'https://ci.example.org/jobs/7'
      })
      t.teardown(() => docker('image', 'rm', '--force', image))

      const { Config } = await inspect(image)
      t.match(Config, {
        User: 'app',
        WorkingDir: '/app',
        Entrypoint: ['tini', '--'],
        Cmd: ['node', '.'],
        StopSignal: 'SIGTERM'
      })
      const container = await Container.start(t, image, '--tmpfs=/tmp')
      const version = { source, version: 'v1.2.3', commit, build: 'https://ci.example.org/jobs/7' }
      t.strictSame(JSON.parse(await container.sh('cat /app/version.json')), version)
      t.strictSame(await (await fetch(`${container.url}/__version__`)).json(), version)
      t.equal((await fetch(`${container.url}/__heartbeat__`)).status, 200)
      t.equal(await (await fetch(container.url)).text(), 'hello')
      t.equal(await container.sh('id'), 'uid=10001(app) gid=10001(app) groups=10001(app)')
      t.equal(
        await container.sh(
          'find /app -writable; find / -xdev -perm /6000 -type f; ls -A /app | grep "^\\."; true'
        ),
        ''
      )
      t.equal(
        await container.sh(
          'command -v npm; ls node_modules | grep -E "^(of-this-machine|typescript|yaml)$"; true'
        ),
        ''
      )
      t.equal(
        await container.sh('cat node_modules/@private/scripted/installed'),
        'without credentials',
        'its install script ran, without the registry’s credentials'
      )
      t.strictSame(await found(image, token, 'secret-of-this-machine'), [])
      await docker('stop', container.id)
      t.match((await inspect(container.id)).State, { ExitCode: 0, OOMKilled: false })

      await t.test('its health check fails where nothing answers', async (t) => {
        const idle = await print('run', '--detach', '--entrypoint=sleep', image, '600')
        t.teardown(() => docker('rm', '--force', idle))
        const check = Config.Healthcheck.Test.slice(1)
        await t.rejects(docker('exec', idle, ...check), { code: 1 })
      })
    })
  }

  await t.test('npm, on the base images', async (t) => {
    const service = join(folder, 'based')
    // Reading it takes no token: five lines mount none.
    const open = await startNpmRegistry(t, join(folder, 'registry'), ['@private', '@dockerflow'], '$all')
    const onBase = await baseImages(t)
    const buildImage = async (t: Test, dockerfile: string, ...flags: string[]) => {
      const image = `dockerflow-test-service:based-${randomUUID()}`
      const file = join(folder, randomUUID())
      writeFileSync(file, onBase(dockerfile))
      await docker('build', '--network=host', `--file=${file}`, `--tag=${image}`, ...flags, service)
      t.teardown(() => docker('image', 'rm', '--force', image))
      return image
    }
    copyFileSync(join(template, '.dockerignore'), join(service, '.dockerignore'))
    await run('npm', ['install', '--package-lock-only', `--registry=${open.url}`], service, env)

    await t.test('five lines make an image that complies', async (t) => {
      t.equal(fiveLines.trimEnd().split('\n').length, 5)
      const version = { source, version: 'v1.2.3', commit: 'a'.repeat(40), build: '' }
      const args = Object.entries(version).map(
        ([name, value]) => `--build-arg=${name.toUpperCase()}=${value}`
      )
      const image = await buildImage(t, fiveLines, ...args)
      const { Config } = await inspect(image)
      t.match(Config, { User: 'app', WorkingDir: '/app', Entrypoint: ['tini', '--'], Cmd: ['start'] })
      t.notMatch(JSON.stringify([Config.Env, Config.Labels]), /demo/, 'nothing of another service')

      const container = await Container.start(t, image, '--health-interval=1s')
      t.equal(
        await container.sh('id; cat /proc/1/comm'),
        'uid=10001(app) gid=10001(app) groups=10001(app)\ntini'
      )
      t.strictSame(await (await fetch(`${container.url}/__version__`)).json(), version)
      t.strictSame(JSON.parse(await container.sh('version')), version)
      for (const path of ['/__heartbeat__', '/__lbheartbeat__'])
        t.equal((await fetch(container.url + path)).status, 200, path)
      t.equal(await (await fetch(container.url)).text(), 'hello')
      await container.sh('healthcheck && touch "$HOME/a" "$TMPDIR/b" /tmp/c /mnt/notifications/d')
      t.equal(await container.sh('command -v npm; ls node_modules | grep -E "^(typescript|yaml)$"; true'), '')
      await docker('stop', container.id)
      t.match((await inspect(container.id)).State, { ExitCode: 0, OOMKilled: false })

      // Also where the root is not read-only.
      const sh = (script: string) => print('run', '--rm', image, 'sh', '-c', script)
      t.equal(await sh('find / -xdev -writable ! -type l ! -path "/mnt*" 2>/dev/null; true'), '')
      t.equal(await sh('find / -xdev -perm /6000 -type f 2>/dev/null; ls -A /app | grep "^\\."; true'), '')
    })

    await t.test('build works as 10001, on a read-only root with one volume', async (t) => {
      const volume = await print('volume', 'create')
      t.teardown(() => docker('volume', 'rm', '--force', volume))
      const build = (...options: string[]) =>
        docker(
          'run',
          '--rm',
          '--read-only',
          '--user=10001:10001',
          '--cap-drop=ALL',
          '--security-opt=no-new-privileges',
          '--network=host',
          `--volume=${service}:/source:ro`,
          `--volume=${volume}:/volume`,
          '--env=INPUT=/source',
          ...options,
          onBase('dockerflow-build')
        ).then(
          () => '',
          (err) => err.stderr.trim()
        )
      // A volume begins as root's.
      await docker(
        'run',
        '--rm',
        '--user=root',
        `--volume=${volume}:/volume`,
        onBase('dockerflow-run'),
        'chmod',
        '1777',
        '/volume'
      )
      t.equal(await build('--env=OUTPUT=/volume/output'), '')
      const sh = (script: string) =>
        print(
          'run',
          '--rm',
          '--read-only',
          `--volume=${volume}:/volume`,
          onBase('dockerflow-run'),
          'sh',
          '-c',
          script
        )
      t.equal(await sh('ls -A /volume'), 'output', 'what else it wrote is gone')
      t.equal(
        await sh(
          'ls -A /volume/output | xargs; ls -A /volume/output/node_modules | grep -E "^(typescript|fastify)$"'
        ),
        'dist node_modules package-lock.json package.json src tsconfig.json version.json\nfastify'
      )
      t.equal(await sh('grep -rl secret-of-this-machine /volume; true'), '')
      const started = ['--env=PORT=8000', `--volume=${volume}:/volume:ro`]
      t.match(
        await print(
          'run',
          '--rm',
          ...started,
          onBase('dockerflow-run'),
          'node',
          '--eval',
          "import('/volume/output/dist/server.js').then(() => process.kill(process.pid, 'SIGTERM'))"
        ),
        /"Type":"app.start"[\s\S]*"Type":"app.stop"/,
        'what it built runs'
      )

      t.equal(await build('--env=OUTPUT=/volume/output'), 'build: OUTPUT, /volume/output, must be empty')
      t.equal(
        await build('--env=OUTPUT=/elsewhere'),
        'build: OUTPUT, /elsewhere, must be a folder that user 10001 can write to'
      )
      t.equal(
        await build('--env=INPUT=/volume', '--env=OUTPUT=/volume/other'),
        'build: INPUT, /volume, must be a folder with a package.json'
      )
    })

    await t.test('a private registry’s credentials reach no install script', async (t) => {
      const lockfile = join(service, 'package-lock.json')
      writeFileSync(lockfile, readFileSync(lockfile, 'utf8').replaceAll(open.url, url))
      const image = await buildImage(t, withSecret, `--secret=id=npmrc,src=${npmrc}`)
      const script = 'cat node_modules/@private/scripted/installed; find / -xdev -name .npmrc'
      t.equal(
        await print('run', '--rm', image, 'sh', '-c', `${script} 2>/dev/null; true`),
        'without credentials'
      )
    })
  })
})

/** Builds both base images, under names of their own. */
async function baseImages(t: Test): Promise<(dockerfile: string) => string> {
  const id = randomUUID()
  for (const name of ['dockerflow-build', 'dockerflow-run']) {
    const flags = ['--file=docker/base/Dockerfile', `--target=${name}`, `--tag=${name}:${id}`]
    await docker('build', ...flags, '.')
    t.teardown(() => docker('image', 'rm', '--force', `${name}:${id}`))
  }
  return (text) => text.replaceAll(/\bdockerflow-(?:build|run)\b/g, `$&:${id}`)
}

test('the guide prints the one Dockerfile, which has at most 40 lines', async (t) => {
  t.match(guide, '<!-- code: packages/create-dockerflow/template/Dockerfile -->')
  t.ok(readFileSync(join(template, 'Dockerfile'), 'utf8').trimEnd().split('\n').length <= 40)
})
