import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { test } from 'tap'
import { diskCheck } from '../src/disk.ts'
import { drive } from './suite.ts'

const { bavail, blocks } = await statfs(tmpdir())
const free = bavail / blocks

test('enough free space is well, less is a warning, too little fails', async (t) => {
  const [more, less] = [Math.min(1, free * 1.1), free * 0.9]
  const messages = async (warnBelow: number, failBelow: number) =>
    (await drive(diskCheck(tmpdir(), { warnBelow, failBelow }))).messages
  t.strictSame(await messages(less, less), [])
  t.strictSame(await messages(more, less), [
    { level: 30, id: 'dockerflow.health.W011', message: 'the file system is almost full' }
  ])
  t.strictSame(await messages(more, more), [
    { level: 40, id: 'dockerflow.health.E011', message: 'the file system is almost full' }
  ])
})

test('the fullest of several counts, and one without blocks is never full', async (t) => {
  t.match((await drive(diskCheck(['/proc', tmpdir()], { failBelow: Math.min(1, free * 1.1) }))).messages, [
    { level: 40 }
  ])
  t.strictSame((await drive(diskCheck('/proc', { warnBelow: 1, failBelow: 1 }))).messages, [])
})

test('a path that is missing fails with its code', async (t) => {
  t.match((await drive(diskCheck('/none/such'))).err, { code: 'ENOENT' })
})

test('a wrong path or option is a coded TypeError', async (t) => {
  for (const paths of [undefined, '', [], ['/', 7]]) {
    t.throws(() => diskCheck(paths as string), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: diskCheck must be given a path, or an array of paths'
    })
  }
  t.throws(() => diskCheck('/', { warnBelow: 10 }), {
    code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
    message: '@dockerflow/checks: option "warnBelow" of diskCheck must be a number above 0 and at most 1'
  })
})
