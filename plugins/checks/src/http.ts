import type { ConnectionOptions } from 'node:tls'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { aFunction, anObject, oneOf, positive, type Rule } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { failure } from './lib/failure.ts'
import { perRun } from './lib/per-run.ts'
import { expectStatus, httpUrl, request } from './lib/request.ts'

/** The options of `httpCheck`, beside the engine's. */
export interface HttpCheckOptions extends CheckOptions {
  /**
   * The request's method.
   * @default 'GET'
   */
  method?: 'GET' | 'HEAD' | undefined
  /**
   * The request's headers.
   * @default none
   */
  headers?: Record<string, string> | undefined
  /**
   * The statuses that are well. A redirect isn't followed: it is a status like any other.
   * @default 200 to 299
   */
  status?: number[] | undefined
  /**
   * Whether the body is as it should be. A body longer than `maxBody` fails then.
   * @default any body
   */
  body?: ((text: string) => boolean) | undefined
  /**
   * The most bytes that are read of a body.
   * @default 65536
   */
  maxBody?: number | undefined
  /**
   * For https, what `tls.connect()` takes: `ca`, `cert`, `key`, `servername`, …
   * @default Node's own
   */
  tls?: ConnectionOptions | undefined
}

const statuses: Rule = {
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(Number.isInteger),
  expected: 'an array of status codes'
}

/**
 * A check of anything that speaks HTTP: one request on a connection of its own. The URL's user and password are
 * sent as basic authentication. Fails with the code `HTTP_<status>`, `BODY_REFUSED` or `BODY_TOO_LONG`.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const httpCheck = defineCheck<string | URL, HttpCheckOptions>({
  name: 'httpCheck',
  client: httpUrl,
  options: {
    method: oneOf('GET', 'HEAD'),
    headers: anObject,
    status: statuses,
    body: aFunction,
    maxBody: positive,
    tls: anObject
  },
  build(url, { method, headers, status, body, maxBody = 65536, tls }) {
    return perRun(async (signal) => {
      const answer = await request(new URL(url), { method, headers, tls, maxBody, signal })
      expectStatus(answer, status)
      if (body === undefined) return
      if (answer.cut) throw failure('BODY_TOO_LONG', `the body is longer than ${maxBody} bytes`)
      if (!body(answer.body.toString())) throw failure('BODY_REFUSED', 'the body is not as it should be')
    })
  }
})
