import { test } from 'tap'
import { nameFault, parseRegistry, shortName, suggestName } from '../src/answers.ts'

test('a name is one that npm takes', async (t) => {
  for (const name of ['shop', '@acme/shop', 'a', '7', 'a.b_c-d~e', 'x'.repeat(214)])
    t.equal(nameFault(name), undefined, name)
  for (const [name, fault] of [
    ['', /at least one/],
    ['x'.repeat(215), /at most 214/],
    ['Shop', /capital/],
    ['my shop', /letters, digits/],
    ['.shop', /letters, digits/],
    ['_shop', /letters, digits/],
    ['@acme', /letters, digits/],
    ['ü', /letters, digits/],
    ['node_modules', /itself/],
    ['favicon.ico', /itself/]
  ] as const)
    t.match(nameFault(name), fault, name)
})

test('another name is suggested, which npm takes', async (t) => {
  t.equal(suggestName('My Shop!'), 'my-shop')
  t.equal(suggestName('_Shop_'), 'shop_')
  t.equal(suggestName('ü'), 'my-service')
  t.equal(suggestName('Node_modules'), 'my-service')
})

test('the short name is a label of DNS', async (t) => {
  t.equal(shortName('@acme/shop_2.0'), 'shop-2-0')
  t.equal(shortName('7'), 'service')
  t.equal(shortName('24-hours'), 'hours')
  t.equal(shortName(`${'a'.repeat(49)}-b`), 'a'.repeat(49))
})

test('a registry is a repository in Artifact Registry, or none', async (t) => {
  t.equal(parseRegistry('none'), undefined)
  t.equal(parseRegistry(''), undefined)
  t.strictSame(parseRegistry('europe-west1-docker.pkg.dev/my-project/containers'), {
    region: 'europe-west1',
    project: 'my-project',
    repository: 'containers'
  })
  t.strictSame(parseRegistry('us-docker.pkg.dev/example.org:p/images')?.project, 'example.org:p')
  for (const value of ['gcr.io/a/b', 'europe-west1-docker.pkg.dev/p', "europe-west1-docker.pkg.dev/p/r'; rm"])
    t.throws(() => parseRegistry(value), { message: /--registry is none, or/, exitCode: 2 }, value)
})
