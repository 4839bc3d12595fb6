import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'

/** The part of the heap that V8 ends a process for when it is exhausted, in bytes. */
export interface HeapMemory {
  used: number
  limit: number
}

const flag = /--max[-_]old[-_]space[-_]size=(\d+)/g

/**
 * The limit of the old generation, where everything lives that outlives two collections. V8 tells it only together
 * with the young generation's, which is a small share of it unless the flag is given.
 */
export function heapLimit(args: readonly string[], nodeOptions = ''): number {
  const megabytes = [...[nodeOptions, ...args].join(' ').matchAll(flag)].at(-1)?.[1]
  return megabytes ? Number(megabytes) * 2 ** 20 : getHeapStatistics().heap_size_limit
}

/** What the old generation holds. */
export function heapUsed(): number {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => !/^(new|read_only)_/.test(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0)
}
