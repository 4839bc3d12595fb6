import type { ConnectionOptions } from 'node:tls'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { anObject } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { message } from './lib/messages.ts'
import { perRun } from './lib/per-run.ts'
import { httpUrl, request } from './lib/request.ts'

/** The options of `dockerflowCheck`, beside the engine's. */
export interface DockerflowCheckOptions extends CheckOptions {
  /**
   * The request's headers.
   * @default none
   */
  headers?: Record<string, string> | undefined
  /**
   * For https, what `tls.connect()` takes: `ca`, `cert`, `key`, `servername`, …
   * @default Node's own
   */
  tls?: ConnectionOptions | undefined
}

const maxBody = 256 * 1024

const says = (letter: 'I' | 'W' | 'E' | 'C', status: string) =>
  message(letter, '015', `the service says ${status}`)

const statuses = new Map([
  ['ok', undefined],
  ['debug', undefined],
  ['info', says('I', 'info')],
  ['warning', says('W', 'warning')],
  ['error', says('E', 'error')],
  ['critical', says('C', 'critical')]
])
const own = new Set([...statuses.values()].map((says) => says?.id))

/** Whether all that is wrong with a check of that service is wrong with a service behind it. */
const inherited = (check: unknown): boolean => {
  const { messages } = (check ?? {}) as { messages?: unknown }
  if (typeof messages !== 'object' || messages === null) return false
  const ids = Object.keys(messages)
  return ids.length > 0 && ids.every((id) => own.has(id))
}

/**
 * The status of the service itself. A level that it has from yet another service is left out: two services that
 * check each other would hold each other at it for good. (Without `details` the two look the same.)
 */
function statusOf(payload: unknown): unknown {
  const { status, details } = (payload ?? {}) as { status?: unknown; details?: unknown }
  if (typeof details !== 'object' || details === null) return status
  const checks = Object.values(details)
  if (!checks.some(inherited)) return status
  const ranks = [...statuses.keys()]
  const others = checks.filter((check) => !inherited(check)).map(({ status }) => status)
  return others.every((each) => statuses.has(each))
    ? (ranks[Math.max(0, ...others.map((each) => ranks.indexOf(each)))] as string)
    : status
}

function read(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (err) {
    throw failure('NO_HEARTBEAT', 'the answer is no JSON', err)
  }
}

/**
 * A check of another service that has a Dockerflow heartbeat: its level becomes ours. Takes the URL of its
 * `/__heartbeat__`. Fails with the code `NO_HEARTBEAT` when the answer isn't a heartbeat's.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const dockerflowCheck = defineCheck<string | URL, DockerflowCheckOptions>({
  name: 'dockerflowCheck',
  client: httpUrl,
  options: { headers: anObject, tls: anObject },
  build(url, { headers, tls }) {
    return perRun(async (signal) => {
      const answer = await request(new URL(url), {
        headers: { accept: 'application/json', ...headers },
        tls,
        maxBody,
        signal
      })
      const status = answer.cut ? undefined : statusOf(read(answer.body))
      if (!statuses.has(status as string)) {
        throw failure('NO_HEARTBEAT', `the answer, of status ${answer.status}, is no heartbeat`)
      }
      return statuses.get(status as string)
    })
  }
})
