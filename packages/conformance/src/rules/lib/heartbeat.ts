import type { Answer } from '../../service/probe.ts'

/** What a heartbeat's body says. */
export interface Heartbeat {
  /** The body as JSON; undefined where it is none. */
  value: unknown
  /** Names of backing services or checks that it says something of. */
  names: string[]
  /** What it says is wrong, in words; empty where all is well. */
  errors: string[]
}

const BAD =
  /^(?:error|err|critical|crit|down|fail|failed|failing|failure|unhealthy|broken|dead|not ok|unavailable|unreachable|disconnected|offline|refused|ko|nok|not_serving|fatal|timeout|out_of_service)$/i
// Members, or what holds them, whose `false` is good news, or no news.
const INVERTED =
  /error|fail|warn|degraded|maintenance|read_?only|debug|draining|shutting|deprecated|stale|cached|pending|overload|limited|locked|disabled|enabled|leader|replica|primary|feature|flag|dry_?run|verbose/i
const GOOD =
  /^(?:ok|okay|success|healthy|health|up|alive|ready|live|connected|available|pass|passed|reachable)$/i
// Members that are about the whole, not about a service behind it.
const WHOLE =
  /^(?:status|state|success|ok|healthy|health|message|checks|details|errors?|warnings?|version|uptime|time|timestamp|duration(?:_ms)?|code|result)$/i

/** Reads the body of a heartbeat, in whatever form: python-dockerflow's, booleans, objects, a list of errors, text. */
export function readHeartbeat({ body }: Answer): Heartbeat {
  const heartbeat: Heartbeat = { value: undefined, names: [], errors: [] }
  const source = body.toString().trim()
  try {
    heartbeat.value = JSON.parse(source)
  } catch {
    if (/^(?:error|fail(?:ed|ure)?|critical|down|unhealthy)\b/i.test(source))
      heartbeat.errors.push(`the text ${JSON.stringify(source.slice(0, 40))}`)
    return heartbeat
  }
  const { value } = heartbeat
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    collect(value as Record<string, unknown>, '', heartbeat, 0)
  return heartbeat
}

function collect(object: Record<string, unknown>, path: string, heartbeat: Heartbeat, depth: number): void {
  for (const [key, value] of Object.entries(object).slice(0, 1000)) {
    const name = path === '' ? key : `${path}.${key}`
    if (
      !WHOLE.test(key) &&
      !GOOD.test(key) &&
      !/(?:level|id|time|ms|count|total)$/i.test(key) &&
      !/\.details?\b|messages/.test(name)
    ) {
      heartbeat.names.push(key)
    }
    if (/^errors?$/i.test(key)) {
      const some = Array.isArray(value)
        ? value.length > 0
        : typeof value === 'string'
          ? value !== ''
          : typeof value === 'object' && value !== null
            ? Object.keys(value).length > 0
            : value === true || (typeof value === 'number' && value > 0)
      if (some) heartbeat.errors.push(`${name} is not empty`)
    } else if (typeof value === 'string' && BAD.test(value.trim()) && key !== 'level') {
      heartbeat.errors.push(`${name} is ${JSON.stringify(value)}`)
    } else if (value === false && !INVERTED.test(name)) {
      heartbeat.errors.push(`${name} is false`)
    } else if (typeof value === 'object' && value !== null && depth < 6 && key !== 'messages') {
      // A list of checks, as health+json has it, is as good as an object of them.
      const members = Array.isArray(value) ? value.slice(0, 1000) : [value]
      for (const member of members) {
        if (typeof member !== 'object' || member === null || Array.isArray(member)) continue
        if (Array.isArray(value) && typeof member.name === 'string') heartbeat.names.push(member.name)
        collect(member, name, heartbeat, depth + 1)
      }
    }
  }
}

/** The members of a body without their values: two answers of one handler have the same. */
export function shapeOf(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null || depth > 6) return typeof value
  if (Array.isArray(value)) return '[]'
  return `{${Object.entries(value)
    .slice(0, 1000)
    .map(([key, member]) => `${key}:${shapeOf(member, depth + 1)}`)
    .sort()
    .join()}}`
}
