import { connect } from 'node:net'
import type { Test } from 'tap'

const size = 999_999

/** How a request says how long its body is: one byte longer than what comes. */
export const framings = {
  'whose length it says': `Content-Length: ${size + 1}`,
  'in chunks': 'Transfer-Encoding: chunked'
}

/**
 * Sends a service that many requests whose body of a megabyte never ends, each on a connection of its own. Resolves
 * once each was answered or closed; the connections stay open until the test ends.
 */
export async function sendHalfBodies(
  t: Test,
  url: string,
  count: number,
  framing: keyof typeof framings
): Promise<void> {
  const { hostname, port } = new URL(url)
  const header = framings[framing]
  const chunk = framing === 'in chunks' ? `${size.toString(16)}\r\n` : ''
  const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n${chunk}`
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
