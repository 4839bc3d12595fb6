import { createMozlog } from '@dockerflow/mozlog'
import { mozlogPretty } from '@dockerflow/mozlog/pretty'

// What hostile input costs: twice as much of it may cost about twice as much, and no more.

const rounds = 7
const size = 250_000
const log = createMozlog({ stream: { write() {} } })

/** For each kind of input, a function that makes as much of it as is asked for, and what is done with it. */
const inputs: Record<string, (size: number) => () => void> = {
  'a body of numbers': (size) => logged(Array(size).fill(1)),
  'a body of objects': (size) => logged(Array.from({ length: size / 4 }, () => ({}))),
  'a body of names': (size) => fields(named(size / 10, (i) => `key${i}`)),
  'names that collide': (size) => fields(named(Math.sqrt(size / 4), (i) => `${'fields.'.repeat(i)}msg`)),
  'an AggregateError that holds itself'(size) {
    const error = new AggregateError([], 'x')
    error.errors = Array(size).fill(error)
    return () => log.error(error)
  },
  'mozlogPretty, a line in small pieces': (size) => () => {
    const pretty = mozlogPretty({ destination: { write() {} } })
    for (let i = 0; i < size; i += 10) pretty.write('0123456789')
    pretty.end()
  }
}

const logged = (value: unknown) => () => log.info({ value })
const fields = (value: object) => () => log.info(value, 'x')
const named = (count: number, name: (i: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), i]))

function cpu(run: () => void): number {
  const before = process.cpuUsage()
  for (let i = 0; i < 5; i++) run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** How many times as much CPU time twice the input takes, for each kind: the median of a few rounds. */
export function growth(): Map<string, number> {
  const result = new Map<string, number>()
  for (const [name, make] of Object.entries(inputs)) {
    const [once, twice] = [make(size), make(2 * size)]
    const ratios = Array.from({ length: rounds }, () => cpu(twice) / cpu(once))
    result.set(name, ratios.sort((a, b) => a - b)[Math.floor(rounds / 2)] as number)
  }
  return result
}
