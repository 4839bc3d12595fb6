import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import type { Files } from '../src/project.ts'
import { writeAll } from '../src/write.ts'

const files = (entries: Record<string, string>): Files =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { text }]))
const all = (folder: string) => readdirSync(folder, { recursive: true }).sort()

test('a new folder has all files, and those above it are made', async (t) => {
  const folder = join(t.testdir(), 'a/b/shop')
  writeAll(
    folder,
    new Map([...files({ 'x/y.txt': '1' }), ['run.sh', { text: '#!/bin/sh\n', executable: true }]])
  )
  t.strictSame(all(folder), ['run.sh', 'x', 'x/y.txt'])
  t.equal(statSync(join(folder, 'run.sh')).mode & 0o777, 0o755)
  t.strictSame(readdirSync(join(folder, '..')), ['shop'])
})

test('a fault leaves nothing of a new folder, nor of those above it', async (t) => {
  const root = t.testdir()
  t.throws(() => writeAll(join(root, 'a/shop'), files({ x: '1', 'x/y': '2' })), { code: 'EEXIST' })
  t.strictSame(all(root), [])
})

test('a folder that is there keeps all else, and the mode of what is replaced', async (t) => {
  const folder = t.testdir({ old: 'old', replaced: 'before' })
  chmodSync(join(folder, 'replaced'), 0o600)
  writeAll(folder, files({ replaced: 'after', 'new/deep/file': 'new' }))
  t.strictSame(all(folder), ['new', 'new/deep', 'new/deep/file', 'old', 'replaced'])
  t.equal(readFileSync(join(folder, 'replaced'), 'utf8'), 'after')
  t.equal(statSync(join(folder, 'replaced')).mode & 0o777, 0o600)
})

test('a fault in the middle puts everything back', async (t) => {
  const folder = t.testdir({ a: 'before', file: 'in the way' })
  t.throws(() => writeAll(folder, files({ a: 'after', 'b/c': 'new', 'file/d': 'never' })), {
    message: /a part of its path is a file/
  })
  t.strictSame(all(folder), ['a', 'file'])
  t.equal(readFileSync(join(folder, 'a'), 'utf8'), 'before')
})

test('a fault without words of its own stays as it is', async (t) => {
  const folder = t.testdir()
  t.throws(() => writeAll(folder, files({ ok: '1', ['x'.repeat(300)]: '2' })), { code: 'ENAMETOOLONG' })
  t.strictSame(all(folder), [])
})
