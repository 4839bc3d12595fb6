import { connect } from 'node:net'
import type { Test } from 'tap'

const size = 999_999

/** How a request says how long its body is: a byte more than what comes, or a chunk after which no other comes. */
export const framings = ['whose length it says', 'in chunks'] as const

/**
 * Sends a service that many requests whose body of a megabyte never ends, each on a connection of its own. Resolves
 * once each was answered or closed; the connections stay open until the test ends.
 */
export async function sendHalfBodies(
  t: Test,
  url: string,
  count: number,
  framing: (typeof framings)[number]
): Promise<void> {
  const { hostname, port } = new URL(url)
  const length =
    framing === 'in chunks'
      ? `Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n`
      : `Content-Length: ${size + 1}\r\n\r\n`
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length}`
  const body = Buffer.concat([Buffer.from(head), Buffer.alloc(size, '1')])
  await Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect(Number(port), hostname)
      t.teardown(() => socket.destroy())
      socket.on('error', () => {}) // the service closes it before all is sent
      return new Promise<void>((resolve) => {
        socket.once('close', () => resolve())
        socket.once('data', () => resolve())
        socket.write(body)
      })
    })
  )
}
