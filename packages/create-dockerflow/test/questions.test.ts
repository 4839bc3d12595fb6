import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { openQuestions, type Questions } from '../src/questions.ts'

/** Asks a question, and presses keys when it is shown. */
async function ask<Answer>(question: (questions: Questions) => Promise<Answer>, ...keys: string[]) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 })
  let shown = ''
  output.on('data', (chunk) => {
    shown += chunk
  })
  const answer = question(await openQuestions({ input, output }))
  answer.catch(() => {})
  for (const key of keys) {
    while (shown === '') await sleep(5)
    shown = ''
    input.write(key)
  }
  return answer
}
const down = '\u001B[B'
const enter = '\r'
const fault = (value: string) => (value === 'bad' ? 'not this' : undefined)

test('a text has its default, or what is typed', async (t) => {
  t.equal(await ask((questions) => questions.text('Name?', 'shop', fault), enter), 'shop')
  t.equal(await ask((questions) => questions.text('Name?', 'shop', fault), 'tea', enter), 'tea')
  t.equal(
    await ask((questions) => questions.text('Name?', 'shop', fault), 'bad', enter, 'ly', enter),
    'badly'
  )
})

test('a choice, some of a list, yes or no', async (t) => {
  const options: ['a' | 'b', string][] = [
    ['a', 'A'],
    ['b', 'B']
  ]
  t.equal(await ask((questions) => questions.choose('Which?', options), down, enter), 'b')
  t.strictSame(await ask((questions) => questions.chooseSome('Which?', ['x', 'y'], ['y']), enter), ['y'])
  t.strictSame(await ask((questions) => questions.chooseSome('Which?', ['x', 'y'], ['y']), ' ', enter), [
    'y',
    'x'
  ])
  t.equal(await ask((questions) => questions.confirm('Sure?', false), enter), false)
})

const interrupt = async (t: Test, question: (questions: Questions) => Promise<unknown>) =>
  t.rejects(ask(question, '\u0003'), { name: 'Interrupted' })
test('Ctrl+C ends each', async (t) => {
  await interrupt(t, (questions) => questions.text('Name?', 'shop', fault))
  await interrupt(t, (questions) => questions.confirm('Sure?', true))
})
