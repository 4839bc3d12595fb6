import { test } from 'tap'
import { select } from '../src/conditions.ts'

const with_ = (text: string, ...conditions: string[]) => select(text, new Set(conditions))

test('a line with a condition is there where it holds', async (t) => {
  const text = 'a\nb //? x\nc #? !x\nd //? x+y\n'
  t.equal(with_(text), 'a\nc\n')
  t.equal(with_(text, 'x'), 'a\nb\n')
  t.equal(with_(text, 'x', 'y'), 'a\nb\nd\n')
})

test('a condition on a line of its own is that of the next line', async (t) => {
  const text = 'a\n  //? x\n  b {\n#? !x\nc\nd\n'
  t.equal(with_(text), 'a\nc\nd\n')
  t.equal(with_(text, 'x'), 'a\n  b {\nd\n')
})

test('what stands behind a condition takes its place, as deep', async (t) => {
  t.equal(with_('a\n  #? y-z: b: c\n', 'y-z'), 'a\n  b: c\n')
  t.equal(with_('a\n  #? y-z: b: c\n'), 'a\n')
})

test('lines that are gone leave one empty line at most', async (t) => {
  t.equal(with_('a\n\nb //? x\n\nc\n'), 'a\n\nc\n')
})

test('other comments stay', async (t) => {
  const text = '// a\n# b?\nc // d //? no condition\n'
  t.equal(with_(text), text)
})
