// Layers as real programs write them.
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, openSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Test, test } from 'tap'
import { mergeLayers } from '../src/image/layers.ts'
import { type Entry, tar } from './fixtures/image.ts'

/** What layers make together, the lowest first; of each either its archive's path, or its entries. */
async function merge(t: Test, ...layers: (string | Entry[] | Buffer)[]) {
  const folder = layers.some((layer) => typeof layer !== 'string') ? t.testdir({}) : ''
  return mergeLayers(
    layers.map((layer, index) => {
      let path = layer as string
      if (typeof layer !== 'string') {
        path = join(folder, `${index}.tar`)
        writeFileSync(path, Buffer.isBuffer(layer) ? layer : tar(layer))
      }
      return {
        digest: `sha256:${index}`,
        blob: { file: openSync(path, 'r'), offset: 0, size: statSync(path).size }
      }
    }),
    'shop'
  )
}

const long = `app/${'long-'.repeat(30)}name.js`

for (const format of ['gnu', 'posix', 'ustar']) {
  test(`GNU tar's format ${format}: long names, links and owners are read`, {
    skip: process.platform !== 'linux' && 'GNU tar is of Linux'
  }, async (t) => {
    const folder = t.testdir({})
    const tree = join(folder, 'tree')
    mkdirSync(join(tree, 'app'), { recursive: true })
    writeFileSync(join(tree, 'app/version.json'), '{"version":"1"}')
    const name = format === 'ustar' ? `app/${'d'.repeat(90)}/${'f'.repeat(90)}` : long
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), 'x', { mode: 0o640 })
    if (format !== 'ustar') symlinkSync(`/${name}`, join(tree, 'app/link'))
    linkSync(join(tree, 'app/version.json'), join(tree, 'app/zz-hard'))
    const file = join(folder, 'layer.tar')
    // 3,000,000 has no room in ustar's octal digits: GNU writes it in base 256, posix in a header of its own.
    const owner = format === 'ustar' ? 10001 : 3_000_000
    const options = [`--format=${format}`, `--owner=:${owner}`, '--group=:10001', '--sort=name']
    execFileSync('tar', ['--create', '--file', file, ...options, '--directory', tree, '.'])

    const { files, contents } = await merge(t, file)
    t.match(files.get(`/${name}`), { type: 'file', size: 1, mode: 0o640, uid: owner, gid: 10001 })
    t.match(files.get('/app/zz-hard'), { type: 'file', uid: owner })
    t.equal(contents.get('/app/version.json')?.toString(), '{"version":"1"}')
    if (format !== 'ustar') t.match(files.get('/app/link'), { type: 'link', link: `/${name}` })
  })
}

test('a version file that is a hard link, or a link, has what it leads to, of a layer below as well', async (t) => {
  const below: Entry[] = [{ name: 'build/v.json', body: '{"of":"below"}' }]
  const hard = await merge(t, below, [{ name: 'app/version.json', type: '1', link: 'build/v.json' }])
  t.match(hard.files.get('/app/version.json'), { type: 'file' })
  const both = await merge(t, [
    { name: 'app/version.json', body: '{"of":"it"}' },
    { name: 'etc/passwd', type: '1', link: 'app/version.json' }
  ])
  t.equal(both.contents.get('/etc/passwd')?.toString(), '{"of":"it"}')
  const soft = await merge(t, below, [{ name: 'app/version.json', type: '2', link: '../build/v.json' }])
  t.equal(soft.contents.get('/app/version.json')?.toString(), '{"of":"below"}')
})

test('a layer takes files and folders of those below away, and puts a file in place of a folder', async (t) => {
  const below: Entry[] = [
    { name: 'app/' },
    { name: 'app/version.json', body: '{}' },
    { name: 'app/a/b/c.js', body: 'x' },
    { name: 'app/kept.js', body: 'x' },
    { name: 'srv/old/x', body: 'x' }
  ]
  const names = async (...above: Entry[]) => {
    const { files, contents } = await merge(t, below, above)
    return [...files.keys(), ...[...contents.keys()].map((name) => `read ${name}`)].sort()
  }
  t.strictSame(await names({ name: 'app/.wh.version.json' }, { name: 'srv/.wh.old' }), [
    '/app',
    '/app/a/b/c.js',
    '/app/kept.js'
  ])
  t.strictSame(await names({ name: 'app/.wh..wh..opq' }, { name: 'app/new.js', body: 'x' }), [
    '/app',
    '/app/new.js',
    '/srv/old/x'
  ])
  t.strictSame(await names({ name: 'app', body: 'a file' }), ['/app', '/srv/old/x'])
})

test('an archive that is cut off, or none, is refused in one line', async (t) => {
  const whole = tar([{ name: 'app/version.json', body: 'x'.repeat(2000) }])
  for (const [bytes, message] of [
    [whole.subarray(0, 700), /is cut off/],
    [whole.subarray(0, 300), /is cut off/],
    [Buffer.from('hello '.repeat(200)), /is not a tar archive/],
    [tar([{ name: 'x', type: 'L', size: 2 * 1024 * 1024 }]), /has a header of more than 1 MB/],
    [tar([{ name: 'app/version.json', body: 'x'.repeat(1024 * 1024 + 1) }]), /is larger than 1 MB/]
  ] as const) {
    await t.rejects(merge(t, bytes), { message })
  }
  // A header of pax that says an impossible size, and one whose records are no records.
  const pax = (body: string) =>
    tar([
      { name: 'x', type: 'x', body },
      { name: 'app/a', body: 'x' }
    ])
  await t.rejects(merge(t, pax('12 size=-99\n')), { message: /an entry of an impossible size/ })
  for (const body of ['garbage', '0 a=b\n', '999 path\n', '']) {
    t.ok((await merge(t, pax(body))).files.has('/app/a'), body)
  }
})

test('a file of another kind, such as a device, is none that a rule reads', async (t) => {
  const { files, contents } = await merge(t, [{ name: 'app/version.json', type: '3' }])
  t.match(files.get('/app/version.json'), { type: 'other', size: 0 })
  t.equal(contents.size, 0)
})

test('the numbers of a header are octal, between blanks or NULs', async (t) => {
  for (const [field, mode] of [
    ['0000644\x00', 0o644],
    ['   644 \x00', 0o644],
    ['\x00\x00644\x00', 0o644],
    ['644\x00777', 0o644],
    ['6448', 0o644],
    ['\x00', 0],
    ['-1', 0],
    ['none', 0]
  ] as const) {
    const archive = tar([{ name: 'app' }])
    archive.fill(0, 100, 108).write(field, 100, 'latin1')
    archive.fill(' ', 148, 156)
    const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0)
    archive.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1')
    t.equal((await merge(t, archive)).files.get('/app')?.mode, mode, JSON.stringify(field))
  }
})
