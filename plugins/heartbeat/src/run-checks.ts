import type { CheckContext, CheckMessage, CheckOptions, HeartbeatCheckObject } from './check.ts'
import { failed, readResult, timedOut } from './messages.ts'
import { type CheckReport, highest } from './payload.ts'

/** A check with all of its options. */
export interface Check {
  check: HeartbeatCheckObject
  options: Required<CheckOptions>
}

/** Runs all checks at the same time; each ends within its timeout. Never rejects. */
export async function runChecks(
  checks: Map<string, Check>,
  silenced: ReadonlySet<string>
): Promise<Map<string, CheckReport>> {
  const reports = [...checks].map(async ([name, check]): Promise<[string, CheckReport]> => {
    const messages = (await runCheck(name, check)).filter(({ id }) => !silenced.has(id))
    return [name, { level: highest(messages), messages }]
  })
  return new Map(await Promise.all(reports))
}

async function runCheck(name: string, { check, options }: Check): Promise<CheckMessage[]> {
  const controller = new AbortController()
  const { promise: late, resolve } = Promise.withResolvers<CheckMessage[]>()
  const timer = setTimeout(() => {
    resolve([timedOut(options.level)])
    controller.abort()
  }, options.timeout)
  try {
    return await Promise.race([attempt(name, check, { signal: controller.signal }), late])
  } catch (err) {
    return [failed(options.level, err)]
  } finally {
    clearTimeout(timer)
  }
}

async function attempt(name: string, check: HeartbeatCheckObject, context: CheckContext) {
  await check.connect?.(context)
  return readResult(name, await check.run(context))
}
