import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  globSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import type { Workflow } from '@dockerflow/testing/workflows'
import { test } from 'tap'
import { parse } from 'yaml'

const skip = without('make')

const make = (...args: string[]) =>
  execFileSync('make', args, { cwd: root, encoding: 'utf8', env: cleanEnvironment() })
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** What the group of a pattern stands for, wherever it matches. */
const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, group]) => group as string)

let list: string[] | undefined
/** The targets that `make` alone lists. */
const listed = () => (list ??= matches(make(), /^ {2}([a-z-]+) +\S/gm))

test('make lists the npm scripts and the targets of the container, with what each does', {
  skip
}, async (t) => {
  const targets = matches(read('Makefile'), /^([a-z-]+): ##/gm)
  const { scripts } = JSON.parse(read('package.json'))
  const names = Object.keys(scripts).filter((script) => script !== 'build')
  t.strictSame(listed(), [...names.map((script) => script.replace(':', '-')), ...targets])
  for (const target of ['build', 'up', 'down', 'shell', 'rebuild']) t.ok(targets.includes(target), target)
})

test('each npm script says what it does before its command, and installs what is missing', async (t) => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
  for (const [name, script] of Object.entries(scripts)) {
    if (name === 'clean') continue
    t.match(script, /^(?:exec )?node scripts\/(?:run|start)\.js \w[^&|]*:(?: |$)/, name)
  }
  t.strictSame(
    Object.keys(scripts).filter((name) => /^(?:pre|post)[a-z]+(?::|$)/.test(name)),
    []
  )
})

test('whatever CI runs is a target of make, so that a person can run it too', { skip }, async (t) => {
  const { jobs }: Workflow = parse(read('.github/workflows/ci.yml'))
  const commands = Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []))
  // The gate itself looks at what became of the others.
  const others = commands.filter((command) => !command.includes('$RESULTS'))
  t.ok(others.length >= 6)
  for (const command of others) t.ok(listed().includes(/^make (\S+)$/.exec(command)?.[1] ?? ''), command)
})

test('no workflow runs a script of the repository but by make', { skip }, async (t) => {
  const files = globSync('.github/{workflows/*,actions/*/action}.yml', { cwd: root }).map(read)
  const source = files.join('\n').replace(/^ *#.*$/gm, '')
  // The action `check` runs in other repositories, and runs the published command there.
  const ours = source.replaceAll('npx --yes "dockerflow@$VERSION"', '')
  t.strictSame(ours.match(/\b(?:npm (?:run|test|start|exec)|npx|pnpm(?!-lock)|turbo)\b.*/g), null)
  const targets = matches(source, /\bmake ([a-z-]+)/g)
  for (const target of ['setup', 'test-compat', 'test-image', 'pack', 'docs'])
    t.ok(targets.includes(target), target)
  for (const target of targets) t.ok(listed().includes(target), target)
})

test('each npm script but build is a target, which runs it with ARGS', { skip }, async (t) => {
  t.equal(make('--dry-run', 'lint'), 'npm run lint\n')
  const { scripts } = JSON.parse(read('package.json'))
  for (const script of Object.keys(scripts).filter((name) => name !== 'build')) {
    const given = script === 'test:image' ? ['DOCKER_IMAGE=an-image'] : []
    const target = script.replace(':', '-')
    t.equal(make('--dry-run', target, ...given, 'ARGS=a b'), `npm run ${script} -- a b\n`)
  }
})

test('make asks git for the version as the workflow does', async (t) => {
  const [command = ''] = /git describe [^)]*/.exec(read('Makefile')) ?? []
  t.match(read('.github/workflows/_container.yml'), `$(${command})`)
})

test('the image that make builds is not what the tests take for the one to test', async (t) => {
  const settings = {
    ...cleanEnvironment(),
    DOCKER_IMAGE: 'registry.example.org/other',
    DOCKER_HOST: 'tcp://127.0.0.1:1'
  }
  const args = ['run', 'test:container', '--filter=@dockerflow/container-tests', '--dry=json']
  const plan = JSON.parse(execFileSync('turbo', args, { cwd: root, encoding: 'utf8', env: settings }))
  const passed: string[] = plan.tasks[0].environmentVariables.passthrough
  t.match(passed.join(' '), 'DOCKER_HOST=')
  t.notMatch(passed.join(' '), 'DOCKER_IMAGE=')
})

test('what is pushed never passes for a commit that it is not', { skip }, async (t) => {
  const folder = t.testdir({ bin: {}, clone: { docker: {} } })
  const clone = join(folder, 'clone')
  for (const path of ['Makefile', 'package.json', 'docker/docker-bake.hcl'])
    copyFileSync(join(root, path), join(clone, path))
  const log = join(folder, 'log')
  // In place of the builder: writes down what it would build, and as what.
  const docker = `#!/bin/sh\necho "$DOCKER_VERSION $DOCKER_TAG $*" >>'${log}'\n`
  writeFileSync(join(folder, 'bin/docker'), docker, { mode: 0o755 })
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: clone,
      encoding: 'utf8'
    })
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '--message=first')
  git('tag', 'v1.2.3')
  const identity = ['DOCKER_SOURCE=https://git.example.org/shop', 'DOCKER_BUILD=https://ci.example.org/7']
  /** What make printed to stderr, and what was built. */
  const push = (...args: string[]) => {
    rmSync(log, { force: true })
    const env = { ...cleanEnvironment(), PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
    const { stderr, status } = spawnSync('make', ['--silent', ...args], { cwd: clone, encoding: 'utf8', env })
    return { status, stderr, built: existsSync(log) ? readFileSync(log, 'utf8') : '' }
  }

  t.match(push('push', ...identity), { status: 0, built: /^v1\.2\.3 latest buildx bake .*--push/ })
  for (const change of ['Makefile', 'new.ts']) {
    appendFileSync(join(clone, change), '\n')
    for (const command of [['push'], ['build', 'DOCKER_PUSH=true']]) {
      const refused = push(...command, ...identity)
      t.not(refused.status, 0)
      t.match(refused, { built: '', stderr: /^make: this working copy has changes: .*DIRTY=1/ })
    }
    const cases: [tag: string[], pushed: string][] = [
      [[], 'v1.2.3-dirty v1.2.3-dirty '],
      [['DOCKER_TAG=latest'], 'v1.2.3-dirty v1.2.3-dirty '],
      [['DOCKER_TAG=next'], 'v1.2.3-dirty next-dirty ']
    ]
    for (const [tag, pushed] of cases) {
      const dirty = push('push', 'DIRTY=1', ...tag, ...identity)
      t.equal(dirty.status, 0, dirty.stderr)
      t.ok(dirty.built.startsWith(pushed), dirty.built)
    }
    t.match(
      push('build'),
      { status: 0, built: /^v1\.2\.3 latest buildx bake .*--load/ },
      'what stays here may be tried'
    )
    git('checkout', '--quiet', '.')
    git('clean', '--quiet', '--force')
  }
  t.match(push('push', 'DIRTY=1', ...identity), { built: /^v1\.2\.3 latest / }, 'a clean one is no dirty one')
  t.match(push('push', identity[0] ?? ''), {
    built: '',
    stderr: /^make: say which job builds it, .*DOCKER_BUILD=/
  })
  t.match(push('push', identity[1] ?? ''), {
    built: '',
    stderr: /^make: say where the source is: DOCKER_SOURCE=/
  })
})

test('an image to test must be named', { skip }, async (t) => {
  t.throws(() => make('test-image'), { message: /DOCKER_IMAGE: say which image to test/ })
})

test('the variables of addons-server do what they do there', { skip }, async (t) => {
  const build = (...args: string[]) => make('--dry-run', 'build', ...args).replace(/ \\\n/g, '')
  t.match(build(), /^docker buildx bake .*--metadata-file="buildx-bake-metadata\.json" +--load +app\n$/)
  t.match(
    build(
      'DOCKER_PUSH=true',
      'DOCKER_TARGET=release',
      'DOCKER_PROGRESS=plain',
      'DOCKER_METADATA_FILE=m',
      'ARGS=--no-cache'
    ),
    /--progress=plain .*--metadata-file="m" --push --no-cache release\n$/
  )
  // More than one platform can't be loaded.
  t.notMatch(build('DOCKER_TARGET=release'), /--load|--push/)
  t.match(make('--dry-run', 'push'), /--push +app\n/)
  // What is started is the app, from here, whatever else is built.
  for (const target of ['up', 'rebuild']) {
    t.match(make('--dry-run', target, 'DOCKER_PUSH=true', 'DOCKER_TARGET=test'), /--load +app\n/)
    t.match(make('--dry-run', target), /^docker compose up .*--no-build/m)
  }
  t.notMatch(make('--dry-run', 'up', 'DOCKER_DIGEST=sha256:0'), /bake/)
})
