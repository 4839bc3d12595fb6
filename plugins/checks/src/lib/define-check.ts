import type { CheckContext, CheckOptions, HeartbeatCheck, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { anything, checkOptions, type Rule } from '@dockerflow/kit/options'
import { DOCKERFLOW_CHECKS_INVALID_CLIENT, DOCKERFLOW_CHECKS_INVALID_OPTION } from './errors.ts'
import { clientClosed } from './messages.ts'

/** A kind of check: what it is built from, and how. */
export interface CheckDefinition<Client, Options extends CheckOptions> {
  /** The factory's name, for errors: `postgresCheck`. */
  name: string
  /** What the first argument must be: the client that the app uses, a URL, a function. */
  client: Rule
  /** A rule for each option but the engine's, which the heartbeat checks itself. */
  options: { [name in Exclude<keyof Options, keyof CheckOptions>]-?: Rule }
  /**
   * Returns what says whether the app's client is closed for good: then each request of the app fails, whatever a
   * connection of the check's own would say, and the check isn't run. For clients that can tell.
   * @default it never is
   */
  closed?(client: Client): () => boolean
  /** Builds the check. It sends nothing: that is for `connect()` and `run()`. */
  build(client: Client, options: Options): HeartbeatCheck
}

// The heartbeat checks the engine's options itself; the type makes this list complete.
const engine: { [name in keyof Required<CheckOptions>]: Rule } = {
  wait: anything,
  timeout: anything,
  connectTimeout: anything,
  ttl: anything,
  maxStale: anything,
  slow: anything,
  level: anything,
  failureThreshold: anything,
  successThreshold: anything,
  interval: anything
}

/**
 * A factory of checks. It refuses a wrong client and wrong options before anything is sent
 * (DOCKERFLOW_CHECKS_INVALID_CLIENT, DOCKERFLOW_CHECKS_INVALID_OPTION), and takes the engine's options beside
 * the check's own: they win over what `build()` sets.
 */
export function defineCheck<Client, Options extends CheckOptions = CheckOptions>(
  definition: CheckDefinition<Client, Options>
): (client: Client, options?: Options) => HeartbeatCheckObject {
  const { name: check, build, closed } = definition
  const rules: Record<string, Rule> = { ...definition.options, ...engine }
  return (client, options) => {
    if (!definition.client.accepts(client)) {
      throw new DOCKERFLOW_CHECKS_INVALID_CLIENT(check, definition.client.expected)
    }
    const given = { ...options } as Options
    checkOptions(given, rules, (name, expected) => DOCKERFLOW_CHECKS_INVALID_OPTION(name, check, expected))
    const own = Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(engine, name)))
    const built = build(client, given)
    const object = typeof built === 'function' ? { run: built } : built
    return { ...(closed ? whileOpen(object, closed(client), given.level) : object), ...own }
  }
}

/** The check as long as the app's client isn't closed, then an error that says so. */
function whileOpen(
  check: HeartbeatCheckObject,
  isClosed: () => boolean,
  level: number | undefined
): HeartbeatCheckObject {
  const { connect } = check
  return {
    ...check,
    ...(connect && {
      connect: async (context: CheckContext) => {
        if (!isClosed()) await connect.call(check, context)
      }
    }),
    run(context) {
      if (!isClosed()) return check.run(context)
      check.kill?.() // a connection that serves nobody
      return clientClosed(level)
    }
  }
}
