import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'

// A job whose benchmark had no engine would be green, with an empty table.
test('a benchmark that is asked for by its name fails where what it needs is missing', async (t) => {
  const env = { ...process.env, PATH: '/nowhere' }
  const args = [join(root, 'bench/run.ts'), 'image']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  t.equal(status, 2)
  t.equal(stdout, '')
  t.match(stderr, /^bench image is left out: \S/m)
})
