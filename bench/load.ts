import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'

const connections = 50

/** Sends that many requests over all connections, the next on each as soon as the last is answered. */
export async function load(port: number, count: number, request: string): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1')
      const next = () => (left-- > 0 ? socket.write(request) : socket.end())
      socket.on('connect', next).on('data', next)
      await once(socket, 'close')
    })
  )
}

/** Sends a message to a process, and answers what it answers. */
export async function ask(child: ChildProcess, message: unknown): Promise<number> {
  child.send(message as object)
  const [answer] = await once(child, 'message')
  return answer as number
}

/** The CPU time that a request costs a service, in µs. */
export async function costOf(
  child: ChildProcess,
  port: number,
  count: number,
  request: string
): Promise<number> {
  const before = await ask(child, 'cpu')
  await load(port, count, request)
  return ((await ask(child, 'cpu')) - before) / count
}

/** A request as a browser sends it. */
export const requestOf = (path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    'host: localhost',
    'user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'accept-language: en-US,en;q=0.5',
    '\r\n'
  ].join('\r\n')
