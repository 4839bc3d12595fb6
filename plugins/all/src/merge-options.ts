import type { FastifyDockerflowOptions } from './options.ts'

/** Members that are gathered from both sides: checks by their name, and lists. */
const gathered = ['checks', 'silenced', 'quiet'] as const

type PluginOptions = Record<string, unknown>

function gather(one: unknown, other: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(other)) return [...new Set([...one, ...other])]
  return typeof one === 'object' && typeof other === 'object' ? { ...one, ...other } : other
}

/** Without the members that are undefined, which stand for what the other side says. */
const given = (options: object): PluginOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/**
 * The options of a platform, with those of one service over them, for `register(dockerflow, …)`. A service's option
 * wins, and its `false` leaves a plugin out. Checks are gathered, by their name, and so are the lists `silenced` and
 * `quiet`; a check of the same name replaces the platform's.
 */
export function mergeOptions(
  platform: FastifyDockerflowOptions,
  service: FastifyDockerflowOptions = {}
): FastifyDockerflowOptions {
  const merged: PluginOptions = { ...platform }
  for (const [name, own] of Object.entries(given(service))) {
    const { [name]: base } = merged as Record<string, PluginOptions | false | undefined>
    if (!base || typeof own !== 'object' || own === null) {
      merged[name] = own
      continue
    }
    const options: PluginOptions = { ...base, ...given(own) }
    for (const member of gathered) {
      if (base[member] !== undefined && member in given(own)) {
        options[member] = gather(base[member], options[member])
      }
    }
    merged[name] = options
  }
  return merged
}
