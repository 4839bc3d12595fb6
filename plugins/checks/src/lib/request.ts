import type { IncomingMessage } from 'node:http'
import { request as secure } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { Rule } from '@dockerflow/kit/options'
import { failure } from './failure.ts'

/** What is asked, and how. */
export interface Asked {
  method?: string
  headers?: Record<string, string>
  /** For https: the certificate authority, a client's certificate and the like. */
  tls?: ConnectionOptions
  /** The most bytes that are read of a body. */
  maxBody: number
  signal: AbortSignal
}

/** What is answered. */
export interface Answered {
  status: number
  body: Buffer
  /** Whether the body was cut at `maxBody`. */
  cut: boolean
}

/** A URL, or its text, of http or https. */
export const httpUrl: Rule = {
  accepts: (value) =>
    (typeof value === 'string' || value instanceof URL) &&
    URL.canParse(`${value}`) &&
    /^https?:$/.test(new URL(value).protocol),
  expected: 'a URL that starts with http:// or https://'
}

/**
 * One HTTP request on a connection of its own, which is destroyed when the answer is there. Redirects aren't
 * followed. Not `fetch`: it holds sockets after an abort, and puts a URL's password into its errors.
 */
export async function request(url: URL, { tls, maxBody, ...options }: Asked): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // An import of node:http would load Node's fetch and WebSocket. Looked up for each request, since tracers replace it.
  const ask = url.protocol === 'https:' ? secure : process.getBuiltinModule('node:http').request
  const asking = ask(url, { ...tls, ...options, agent: false }, resolve)
    .on('error', reject)
    .end()
  try {
    const answer = await promise
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBody) break
    }
    const body = Buffer.concat(chunks).subarray(0, maxBody)
    return { status: answer.statusCode as number, body, cut: size > maxBody }
  } finally {
    asking.destroy()
  }
}

/** Throws unless the status is one of these; without a list, any of 200 to 299. */
export function expectStatus({ status }: Answered, expected?: number[]): void {
  if (expected ? expected.includes(status) : status >= 200 && status < 300) return
  throw failure(`HTTP_${status}`, `the status is ${status}`)
}
