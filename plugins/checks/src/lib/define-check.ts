import type { CheckOptions, HeartbeatCheck, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT, DOCKERFLOW_CHECKS_INVALID_OPTION } from './errors.ts'
import type { Rule } from './rules.ts'

/** A kind of check: what it is built from, and how. */
export interface CheckDefinition<Client, Options extends CheckOptions> {
  /** The factory's name, for errors: `postgresCheck`. */
  name: string
  /** What the first argument must be: the client that the app uses, a URL, a function. */
  client: Rule
  /** A rule for each option but the engine's, which the heartbeat checks itself. */
  options: { [name in Exclude<keyof Options, keyof CheckOptions>]-?: Rule }
  /** Builds the check. It sends nothing: that is for `connect()` and `run()`. */
  build(client: Client, options: Options): HeartbeatCheck
}

// Each of the engine's options by name; the type makes this list complete.
const engine: { [name in keyof Required<CheckOptions>]: true } = {
  wait: true,
  timeout: true,
  connectTimeout: true,
  ttl: true,
  maxStale: true,
  slow: true,
  level: true,
  failureThreshold: true,
  successThreshold: true,
  interval: true
}

/**
 * A factory of checks. It refuses a wrong client and wrong options before anything is sent
 * (DOCKERFLOW_CHECKS_INVALID_CLIENT, DOCKERFLOW_CHECKS_INVALID_OPTION), and takes the engine's options beside
 * the check's own: they win over what `build()` sets.
 */
export function defineCheck<Client, Options extends CheckOptions = CheckOptions>(
  definition: CheckDefinition<Client, Options>
): (client: Client, options?: Options) => HeartbeatCheckObject {
  const { name: check, build } = definition
  const rules = new Map(Object.entries<Rule>(definition.options))
  const known = [...rules.keys(), ...Object.keys(engine)].join(', ')
  return (client, options) => {
    if (!definition.client.accepts(client)) {
      throw new DOCKERFLOW_CHECKS_INVALID_CLIENT(check, definition.client.expected)
    }
    const given = { ...options } as Options
    const own: CheckOptions = {}
    for (const [name, value] of Object.entries(given)) {
      const rule = rules.get(name)
      if (rule === undefined && !Object.hasOwn(engine, name)) {
        throw new DOCKERFLOW_CHECKS_INVALID_OPTION(name, check, `is unknown; the options are: ${known}`)
      }
      if (rule !== undefined && value !== undefined && !rule.accepts(value)) {
        throw new DOCKERFLOW_CHECKS_INVALID_OPTION(name, check, `must be ${rule.expected}`)
      }
      if (rule === undefined) own[name as keyof CheckOptions] = value as number
    }
    const built = build(client, given)
    return { ...(typeof built === 'function' ? { run: built } : built), ...own }
  }
}
