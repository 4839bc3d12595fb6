import fastifyError from '@dockerflow/error'
import Fastify from 'fastify'
import { bearer } from '../../plugins/error/src/token.ts'

// npm run bench -- error
// Whether the time of an answer tells anything of the token of /__error__: wrong ones against the right one, in turn,
// many times, as ratios; and the same of a comparison by ===, to show that the bench would see it.

const rounds = 401
const callsARound = 400
const requestsARound = 40

const print = (text = '') => void process.stdout.write(`${text}\n`)

function quantile(values: number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.round((sorted.length - 1) * at)] as number
}
const median = (values: number[]) => quantile(values, 0.5)
const spread = (values: number[]) =>
  `${median(values).toFixed(3)} (${quantile(values, 0.25).toFixed(3)} to ${quantile(values, 0.75).toFixed(3)})`

/** Headers that differ from the right one, each by what an attacker would try. */
function headers(token: string) {
  const middle = token.slice(1, -1)
  return new Map([
    ['right', `Bearer ${token}`],
    ['wrong in the first byte', `Bearer !${middle}${token.at(-1)}`],
    ['wrong in the last byte', `Bearer ${token[0]}${middle}!`],
    ['a byte shorter', `Bearer ${token.slice(0, -1)}`],
    ['a byte longer', `Bearer ${token}!`],
    ['none', undefined]
  ])
}

/** The same text as a string of its own, as each comes from the network: V8 knows two names of one string as equal. */
const fresh = (text: string | undefined) =>
  text === undefined ? undefined : Buffer.from(text, 'latin1').toString('latin1')

/** What each name takes, in ns, round by round; in each round in another order, so that none has better weather. */
async function inTurn(names: string[], measure: (name: string) => number | Promise<number>) {
  const costs = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = -20; round < rounds; round++) {
    for (const name of names.toSorted(() => Math.random() - 0.5)) {
      const cost = await measure(name)
      if (round >= 0) costs.get(name)?.push(cost) // the first ones warm
    }
  }
  return costs
}

const ratios = (costs: Map<string, number[]>, name: string, base: string) =>
  (costs.get(name) as number[]).map((cost, round) => cost / ((costs.get(base) as number[])[round] as number))

const sameLength = ['wrong in the first byte', 'wrong in the last byte']
const off: number[] = []

for (const length of [32, 4096]) {
  const token = 'k'.repeat(length)
  const given = headers(token)
  const right = given.get('right')
  const checks = {
    '@dockerflow/error': bearer(token),
    'by ===': (authorization: string | undefined) => authorization === right
  }
  print(`\nThe check of a token of ${length} bytes, median of ${rounds} rounds (quartiles)\n`)
  print('| Authorization | @dockerflow/error, ns | × right | by ===, ns | × right |\n|---|---|---|---|---|')
  const columns = []
  for (const check of Object.values(checks)) {
    const costs = await inTurn([...given.keys()], (name) => {
      const texts = Array.from({ length: callsARound }, () => fresh(given.get(name)))
      let passed = 0
      const start = performance.now()
      for (const text of texts) if (check(text)) passed++
      const cost = ((performance.now() - start) * 1e6) / callsARound
      if (passed !== (name === 'right' ? callsARound : 0)) throw new Error(`the check is wrong: ${name}`)
      return cost
    })
    columns.push(costs)
  }
  for (const name of given.keys()) {
    const cells = columns.flatMap((costs) => [
      median(costs.get(name) as number[]).toFixed(0),
      spread(ratios(costs, name, 'right'))
    ])
    print(`| ${[name, ...cells].join(' | ')} |`)
  }
  const [own] = columns as [Map<string, number[]>]
  off.push(...sameLength.map((name) => Math.abs(median(ratios(own, name, 'right')) - 1)))
}

const token = 'k'.repeat(32)
const app = Fastify()
await app.register(fastifyError, { token })
const given = headers(token)
given.delete('right') // its answer is another one, a 500
const costs = await inTurn([...given.keys()], async (name) => {
  const authorization = given.get(name)
  const start = performance.now()
  for (let i = 0; i < requestsARound; i++) {
    const { statusCode } = await app.inject({
      url: '/__error__',
      headers: authorization ? { authorization } : {}
    })
    if (statusCode !== 401) throw new Error(`${name} is answered ${statusCode}`)
  }
  return ((performance.now() - start) * 1e3) / requestsARound
})
const [first] = sameLength as [string]
print(`\nThe whole answer, a 401, without a network; token of ${token.length} bytes\n`)
print(`| Authorization | a request, µs | × ${first} |\n|---|---|---|`)
for (const [name, each] of costs)
  print(`| ${name} | ${median(each).toFixed(1)} | ${spread(ratios(costs, name, first))} |`)
off.push(...sameLength.map((name) => Math.abs(median(ratios(costs, name, first)) - 1)))

const limit = 0.02
const most = Math.max(...off)
print('\n| target | measured | met |\n|---|---|---|')
print(
  `| a wrong token takes the time of the right one, and of another wrong one, to ${limit * 100} % | ${(most * 100).toFixed(1)} % | ${most <= limit ? 'yes' : 'NO'} |`
)
if (most > limit) process.exitCode = 1
