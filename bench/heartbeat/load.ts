import { connect, type Socket } from 'node:net'
import type { LoadReport, LoadRequest } from './messages.ts'

// The load generator: a process of its own. It speaks HTTP/1.1 over keep-alive connections, one request at a time
// on each, with as little work as can be, so that what it measures is the service.

const clientTimeout = 3000
const port = Number(process.argv[2])

interface Reply {
  status: number
  body: string
}

class Client {
  #socket: Socket | undefined
  #received = ''
  #done: ((reply: Reply | Error) => void) | undefined

  async get(path: string): Promise<Reply> {
    const reply = await new Promise<Reply | Error>((resolve) => {
      const timer = setTimeout(() => this.#fail(new Error('timeout')), clientTimeout)
      this.#done = (answer) => {
        clearTimeout(timer)
        this.#done = undefined
        resolve(answer)
      }
      this.#socket ??= this.#connect()
      this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: bench\r\n\r\n`)
    })
    if (reply instanceof Error) throw reply
    return reply
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  #connect(): Socket {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true).setEncoding('latin1')
    socket.on('data', (text) => this.#receive(String(text)))
    socket.on('error', (err) => this.#fail(err))
    socket.on('close', () => {
      if (this.#socket === socket) this.#fail(new Error('closed'))
    })
    return socket
  }

  #receive(text: string): void {
    this.#received += text
    const headEnd = this.#received.indexOf('\r\n\r\n')
    if (headEnd < 0) return
    const head = this.#received.slice(0, headEnd)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
    const body = this.#received.slice(headEnd + 4)
    if (body.length < length) return
    this.#received = ''
    this.#done?.({ status: Number(head.slice(9, 12)), body })
  }

  #fail(err: Error): void {
    this.close()
    this.#received = ''
    this.#done?.(err)
  }
}

const clients: Client[] = []

async function load({ path, connections, duration, interval, canary }: LoadRequest): Promise<LoadReport> {
  while (clients.length < connections) clients.push(new Client())
  const latencies: number[] = []
  const report: LoadReport = { answered: 0, errors: 0, timeouts: 0, rps: 0, p50: 0, p99: 0, max: 0, leaks: 0 }
  const start = performance.now()
  const end = start + duration

  const run = async (client: Client, i: number) => {
    let due = start + (interval * i) / connections
    while (due < end) {
      const now = performance.now()
      if (due > now) await new Promise((resolve) => setTimeout(resolve, due - now))
      const sent = performance.now()
      if (sent >= end) return
      try {
        const { status, body } = await client.get(path)
        latencies.push(performance.now() - sent)
        if (body.includes(canary)) report.leaks += 1
        if (status !== 200) {
          report.firstFailure ??= Date.now()
          report.lastFailure = Date.now()
        }
      } catch (err) {
        report.firstFailure ??= Date.now()
        report.lastFailure = Date.now()
        if ((err as Error).message === 'timeout') report.timeouts += 1
        else report.errors += 1
      }
      // The next slot of this connection; those that passed while it waited are left out.
      const passed = performance.now() - due
      due += interval === 0 ? passed : interval * Math.max(1, Math.ceil(passed / interval))
    }
  }
  await Promise.all(clients.slice(0, connections).map(run))

  latencies.sort((one, other) => one - other)
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  report.answered = latencies.length
  report.rps = (latencies.length * 1000) / (performance.now() - start)
  return Object.assign(report, { p50: at(0.5), p99: at(0.99), max: at(1) })
}

process.on('message', async (request: LoadRequest) => process.send?.(await load(request)))
process.on('disconnect', () => process.exit())
