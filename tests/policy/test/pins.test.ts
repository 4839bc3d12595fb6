import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'
import { pinCommand, pinImages } from '../../../release/src/pins.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('make pin finds each image that the repository names, and pins it again', async (t) => {
  const found = new Map<string, string[]>()
  for (const path of [
    'docker/Dockerfile',
    'docker/base/Dockerfile',
    'docker/compose.yaml',
    'docker/stack.yaml',
    'packages/create-dockerflow/template/Dockerfile',
    ...globSync('.github/workflows/*.yml', { cwd: root }).sort()
  ]) {
    const asked: string[] = []
    const ask = (image: string) => {
      asked.push(image)
      return digest
    }
    const { text, pinned } = pinImages(read(path), ask)
    if (asked.length > 0) found.set(path, asked)
    t.strictSame(
      pinned,
      asked.map((image) => `${image}@${digest}`)
    )
    t.equal(text.split(`@${digest}`).length - 1, asked.length)
    t.equal(pinImages(text, () => digest).text, text, 'once more changes nothing')
    t.notMatch(pinImages(text, () => digest.replaceAll('ab', 'cd')).text, digest, 'an old digest goes')
  }
  t.match(Object.fromEntries(found), {
    'docker/Dockerfile': [/^node:/],
    'docker/base/Dockerfile': [/^node:/],
    'docker/compose.yaml': [/^postgres:/, /^redis:/, /^statsd\//],
    'docker/stack.yaml': [/^haproxy:/, /^postgres:/, /^redis:/, /^statsd\//],
    'packages/create-dockerflow/template/Dockerfile': [/^node:/],
    '.github/workflows/_conformance.yml': [/^registry:/],
    '.github/workflows/ci.yml': [/^node:/]
  })
})

test('an image without a digest is pinned to none', async (t) => {
  t.throws(() => pinImages('ARG NODE_IMAGE=node:26\n', () => ''), { message: 'node:26 has no digest' })
  t.equal(
    pinImages(`ARG NODE_IMAGE=${'$'}{OTHER}\n    image: ${'$'}{A:-a}:${'$'}{B:-b}\n`, () => digest).pinned
      .length,
    0
  )
})

test('workflows and the action run the command of their own release, which a new version gives them', async (t) => {
  const { version } = JSON.parse(read('packages/dockerflow/package.json'))
  const inputs = [
    '.github/actions/check/action.yml',
    '.github/workflows/_conformance.yml',
    '.github/workflows/_container.yml',
    '.github/workflows/verify.yml'
  ]
  const changed = globSync('.github/{workflows/*,actions/*/action}.yml', { cwd: root }).filter(
    (path) => pinCommand(read(path), '9.9.9') !== read(path)
  )
  t.strictSame(changed.sort(), inputs)
  for (const path of inputs) {
    t.equal(pinCommand(read(path), version), read(path), path)
    t.equal(pinCommand(read(path), '9.9.9').split('default: 9.9.9').length, 2)
  }
  t.match(
    JSON.parse(read('package.json')).scripts['release:version'],
    'changeset version && node release/src/pin-command.ts'
  )
})

test('pnpm is pinned with its hash, and each of its scripts off while a secret is mounted', async (t) => {
  const { packageManager } = JSON.parse(read('package.json'))
  t.match(packageManager, /^pnpm@\d+\.\d+\.\d+\+sha512\.[0-9a-f]{128}$/)
  for (const path of ['docker/Dockerfile', 'packages/create-dockerflow/template/Dockerfile']) {
    const steps = read(path)
      .replaceAll(/\\\n/g, '')
      .split('\n')
      .filter((line) => line.includes('type=secret'))
    t.ok(steps.length > 0)
    for (const step of steps) {
      const installs = [...step.matchAll(/\b(?:npm|pnpm) (?:ci|install)[^&;]*/g)].map(([command]) => command)
      if (installs.length === 0) t.match(step, / build dependencies$/)
      for (const command of installs) t.match(command, '--ignore-scripts')
    }
  }
  const [, dependencies = ''] =
    /^ {2}dependencies\)\n([\s\S]*?);;/m.exec(read('docker/build/bin/build')) ?? []
  t.match(dependencies, /pnpm install .*--ignore-scripts/)
})
