import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import {
  type LoadReport,
  type LoadRequest,
  type ServiceKind,
  type ServiceReport,
  timedOut
} from './messages.ts'

const file = (name: string) => new URL(name, import.meta.url).pathname

/** What a child says next, save that a run timed out. */
function answer(child: ChildProcess): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const listen = (message: unknown) => {
    if (message === timedOut) return
    child.off('message', listen)
    resolve(message)
  }
  child.on('message', listen)
  return promise
}

function ask<T>(child: ChildProcess, message: object | string): Promise<T> {
  const answered = answer(child)
  child.send(message)
  return answered as Promise<T>
}

/** A load generator in a process of its own, with its own connections to one service. */
export class Generator {
  readonly #child: ChildProcess

  constructor(port: number) {
    this.#child = fork(file('load.ts'), [String(port)])
  }

  run(request: LoadRequest): Promise<LoadReport> {
    return ask(this.#child, request)
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect()
  }
}

/** A service in a process of its own. */
export class Service {
  readonly port: number
  /** How often its log held the canary. */
  leaks = 0
  /** Called when a run has timed out. */
  onTimedOut: () => void = () => {}
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number, canary: string) {
    this.#child = child
    this.port = port
    child.on('message', (message) => {
      if (message === timedOut) this.onTimedOut()
    })
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue
      createInterface({ input: stream }).on('line', (line) => {
        if (line.includes(canary)) this.leaks += 1
      })
    }
  }

  static async start(
    kind: ServiceKind,
    databaseUrl: string,
    canary: string,
    ...flags: string[]
  ): Promise<Service> {
    const child = fork(file('service.ts'), [kind, databaseUrl, ...flags], {
      silent: true,
      execArgv: ['--expose-gc']
    })
    return new Service(child, (await answer(child)) as number, canary)
  }

  report(): Promise<ServiceReport> {
    return ask(this.#child, 'report')
  }

  /** How many of 20 queries of the app itself fail. */
  work(): Promise<number> {
    return ask(this.#child, 'work')
  }

  /** How long the app took to close, and whether the process ended by itself within 2 s of that. */
  async close(): Promise<{ time: number; ended: boolean }> {
    const exit = once(this.#child, 'exit')
    const time = await ask<number>(this.#child, 'close')
    const timer = setTimeout(() => this.kill(), 2000)
    const [code] = await exit
    clearTimeout(timer)
    return { time, ended: code === 0 }
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
