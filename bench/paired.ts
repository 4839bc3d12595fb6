// What the benchmarks share: ratios of what is measured in turn, until they are known well enough.

/** The median of some values, and where it lies in 95 of 100 cases. */
export interface Interval {
  median: number
  low: number
  high: number
  /** How many values there are. */
  rounds: number
}

/** By order statistics, which ask nothing of how the values are spread: https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval */
export function medianOf(values: number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b)
  const rounds = sorted.length
  const at = (rank: number) => sorted[Math.min(rounds - 1, Math.max(0, rank))] as number
  const reach = 0.98 * Math.sqrt(rounds)
  return {
    median: (at(Math.floor((rounds - 1) / 2)) + at(Math.ceil((rounds - 1) / 2))) / 2,
    low: at(Math.floor(rounds / 2 - reach)),
    high: at(Math.ceil(rounds / 2 + reach) - 1),
    rounds
  }
}

/** `0.84 (0.83 to 0.85)` */
export const show = ({ median, low, high }: Interval): string =>
  `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`

export interface Comparison {
  /** What is measured, in each round all of it, in an order that changes. */
  names: readonly string[]
  measure(name: string): Promise<number>
  /** The ratios, or differences, that have to be known, of what a round measured. */
  ratios: Record<string, (costs: Record<string, number>) => number>
  /** How far the ends of an interval may be from its median, as a share of that. */
  tolerance: number
  minRounds?: number
  /** After so many it ends, however wide the intervals are. */
  maxRounds?: number
}

export interface Result {
  costs: Record<string, Interval>
  ratios: Record<string, Interval>
}

const isNarrow = ({ median, low, high }: Interval, tolerance: number) =>
  high - median <= tolerance * median && median - low <= tolerance * median

/** The flag `--rounds=N`: at most so many, for a first look. */
const flag = process.argv.find((arg) => arg.startsWith('--rounds='))
const limit = flag === undefined ? Number.POSITIVE_INFINITY : Number(flag.slice('--rounds='.length))

export async function compare(comparison: Comparison): Promise<Result> {
  const { names, measure, ratios, tolerance, minRounds = 25 } = comparison
  const maxRounds = Math.min(comparison.maxRounds ?? 300, limit)
  const costs: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  const found: Record<string, number[]> = Object.fromEntries(Object.keys(ratios).map((name) => [name, []]))
  for (let round = 0; round < maxRounds; round++) {
    const measured: Record<string, number> = {}
    // The first in a round finds caches of another: each comes first as often.
    const turn = names.map((_, i) => names[(i + round) % names.length] as string)
    for (const name of round % 2 === 0 ? turn : turn.reverse()) measured[name] = await measure(name)
    for (const name of names) costs[name]?.push(measured[name] as number)
    for (const [name, ratio] of Object.entries(ratios)) found[name]?.push(ratio(measured))
    if (round + 1 < minRounds) continue
    if (Object.values(found).every((values) => isNarrow(medianOf(values), tolerance))) break
  }
  const intervals = (values: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(values).map(([name, list]) => [name, medianOf(list)]))
  return { costs: intervals(costs), ratios: intervals(found) }
}

export interface Goal {
  goal: string
  measured: Interval
  limit: number
  /** Whether the limit is the least that is wanted, not the most. */
  atLeast?: boolean
}

/** A goal is met when the interval touches it. */
export const isMet = ({ measured, limit, atLeast = false }: Goal): boolean =>
  atLeast ? measured.high >= limit : measured.low <= limit
