import { test } from 'tap'
import { Level, levelName } from '../src/levels.ts'

test('each level has its name, any other number is unknown', async (t) => {
  t.strictSame(Object.values(Level).map(levelName), ['ok', 'debug', 'info', 'warning', 'error', 'critical'])
  for (const level of [-1, 35, 1000, Number.NaN]) t.equal(levelName(level), 'unknown')
})
