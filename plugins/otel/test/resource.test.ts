import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resources } from '@opentelemetry/sdk-node'
import { type Test, test } from 'tap'
import { resourceAttributes } from '../src/index.ts'

function file(t: Test, content: unknown): string {
  const path = join(t.testdir(), 'version.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

test('the version file says what service this is, by the names of the semantic conventions', async (t) => {
  const path = file(t, {
    source: 'https://github.com/mozilla/shop',
    version: '1.2.3',
    commit: '4d604433f0b7',
    build: 'https://ci.example/1'
  })
  const attributes = resourceAttributes({ path })
  t.strictSame(attributes, {
    'service.name': 'shop',
    'service.version': '1.2.3',
    'vcs.ref.head.revision': '4d604433f0b7',
    'vcs.repository.url.full': 'https://github.com/mozilla/shop'
  })
  t.match(resources.resourceFromAttributes({ ...attributes }).attributes, attributes)
  t.equal(resourceAttributes({ path, name: 'basket' })['service.name'], 'basket')
})

test('the page of a repository has no credentials and no .git, however git names it', async (t) => {
  for (const [source, page] of [
    ['https://github.com/mozilla/shop.git', 'https://github.com/mozilla/shop'],
    ['https://ann:secret@github.com/mozilla/shop.git/?x=1#y', 'https://github.com/mozilla/shop'],
    ['http://git.example:3000/shop/', 'http://git.example:3000/shop'],
    ['git@github.com:mozilla/shop.git', 'https://github.com/mozilla/shop'],
    ['github.com:mozilla/shop', 'https://github.com/mozilla/shop'],
    ['ssh://git@github.com:2222/mozilla/shop.git', 'https://github.com/mozilla/shop'],
    ['git://github.com/mozilla/shop', 'https://github.com/mozilla/shop'],
    ['file:///srv/shop', undefined],
    ['not a url', undefined],
    ['', undefined]
  ]) {
    t.equal(resourceAttributes({ path: file(t, { source }) })['vcs.repository.url.full'], page, `${source}`)
  }
})

test('blank and missing members are left out, and so is all without a file', async (t) => {
  t.strictSame(resourceAttributes({ path: file(t, {}) }), {})
  t.strictSame(resourceAttributes({ path: file(t, { source: '', version: '', commit: '' }) }), {})
  t.strictSame(resourceAttributes({ path: join(t.testdir(), 'none.json') }), {})
  t.strictSame(resourceAttributes({ path: join(t.testdir(), 'none.json'), name: 'shop' }), {
    'service.name': 'shop'
  })
  t.strictSame(resourceAttributes(), {}, 'by default it is /app/version.json, which is not there')
})

test('a file that is no version file is a coded error that names it', async (t) => {
  const folder = t.testdir({
    'text.json': '{',
    'array.json': '[]',
    'commit.json': '{"commit":7}',
    'long.json': ' '.repeat(65_537),
    'folder.json': {}
  })
  for (const [name, fault] of [
    ['text.json', 'must be JSON'],
    ['array.json', 'must be a JSON object'],
    ['commit.json', 'must have a string as "commit"'],
    ['long.json', 'must be a regular file of at most 65536 bytes'],
    ['folder.json', 'must be a regular file of at most 65536 bytes'],
    ['text.json/below', "can't be read: ENOTDIR"]
  ] as const) {
    const path = join(folder, name)
    t.throws(() => resourceAttributes({ path }), {
      code: 'DOCKERFLOW_OTEL_INVALID_VERSION_FILE',
      message: `@dockerflow/otel: the version file "${path}" ${fault}`
    })
  }
})

test('a bad option is a coded error', async (t) => {
  for (const options of [{ path: '' }, { name: 7 }, { file: 'x' }]) {
    t.throws(() => resourceAttributes(options as never), { code: 'DOCKERFLOW_OTEL_INVALID_OPTION' })
  }
})
