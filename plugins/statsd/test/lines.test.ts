import { test } from 'tap'
import { formatTags, toPackets } from '../src/lines.ts'

test('tags end a line as DogStatsD writes them, and can not break it', async (t) => {
  t.equal(formatTags({}), '')
  t.equal(formatTags({ env: 'test', route: '/a:b' }), '|#env:test,route:/a:b')
  t.equal(formatTags({ 'a:b|c': 'x,y|z@#\r\n', empty: '' }), '|#a_b_c:x_y_z____,empty:')
})

test('lines fill packets up to their size in bytes, and none is lost', async (t) => {
  const packets = toPackets(['aaaa', 'bbbb', 'cccc', 'ünïcödé', 'd'.repeat(30), 'e'], 9)
  t.strictSame(
    packets.map((packet) => packet.toString()),
    ['aaaa\nbbbb', 'cccc', 'ünïcödé', 'd'.repeat(30), 'e']
  )
  t.strictSame(toPackets([], 9), [])
})
