import { redact } from '@dockerflow/kit/redact'

// npm run bench -- redact
// What redaction takes of texts that an attacker would send, at half of the length that is looked at and at all of it,
// and at a hundred times that. Doubling a text should about double the work, and no more is looked at than the limit.

const limit = 8192
const rounds = 30
const pieces = [
  'an ordinary message, with words ',
  '://',
  '//a:b/%40',
  'a://b:c ',
  '%3a%2f%2f',
  '"a://',
  '\\',
  '@',
  'password=',
  `password="\\"`,
  'password=\\"',
  `password=''`,
  'password=a,',
  'token ',
  'cookie: ',
  'authorization: ',
  'bearer ',
  'basic AAAA',
  'eyJaaaaaa.',
  'secret-',
  '-----BEGIN PRIVATE KEY-----',
  `password '`
]
const print = (line: string) => process.stdout.write(`${line}\n`)

/** A text of this many characters, the last of which is a space: it may be cut there. */
const textOf = (piece: string, length: number) => `${piece.repeat(length / piece.length)} `.slice(-length)

/** The shortest time of several, in µs: what is longer was disturbed. */
function cost(text: string): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    redact(text)
    best = Math.min(best, performance.now() - start)
  }
  return best * 1000
}

print(`| text | ${limit / 2} characters, µs | ${limit}, µs | × | ${limit * 100}, µs |\n|---|---|---|---|---|`)
let most = 0
let longest = 0
for (const piece of pieces) {
  cost(textOf(piece, limit)) // warms
  const [half, whole, more] = [limit / 2, limit, limit * 100].map((length) =>
    cost(textOf(piece, length))
  ) as [number, number, number]
  most = Math.max(most, whole / half)
  longest = Math.max(longest, whole, more)
  print(
    `| \`${piece}\` | ${half.toFixed(0)} | ${whole.toFixed(0)} | ${(whole / half).toFixed(1)} | ${more.toFixed(0)} |`
  )
}
print('\n| target | measured | met |\n|---|---|---|')
const lines: [target: string, measured: string, met: boolean][] = [
  ['twice the text takes at most 3 × the time', `${most.toFixed(1)} ×`, most <= 3],
  ['no text takes longer than 20 ms', `${(longest / 1000).toFixed(1)} ms`, longest <= 20_000]
]
for (const [target, measured, met] of lines) print(`| ${target} | ${measured} | ${met ? 'yes' : 'NO'} |`)
if (lines.some(([, , met]) => !met)) process.exitCode = 1
