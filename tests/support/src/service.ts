import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { guarded } from './guard.ts'
import { find, freePort } from './programs.ts'

/** What it takes to run a server. */
export interface ServiceOptions {
  program: string
  /** The arguments, for a server on this port of 127.0.0.1 that keeps its files in this folder. */
  args(port: number, folder: string): string[]
  /** Variables of its environment. */
  env?: (port: number, folder: string) => Record<string, string>
  /** Whether the server is ready for its clients. Without it, one that takes connections is. */
  ready?: (port: number) => Promise<boolean>
  /** What must run in the folder before the first start. */
  prepare?: (folder: string, port: number) => Promise<void> | void
}

/** A server of its own: a process, a free port and a folder. */
export class Service {
  readonly port: number
  readonly folder: string
  readonly #options: ServiceOptions
  #process: ChildProcess | undefined

  constructor(options: ServiceOptions, port: number, folder: string) {
    this.#options = options
    this.port = port
    this.folder = folder
  }

  /** Makes a folder for the server and starts it. */
  static async launch<T extends Service>(
    this: new (
      options: ServiceOptions,
      port: number,
      folder: string
    ) => T,
    options: ServiceOptions
  ): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), `dockerflow-${basename(options.program)}-`))
    const port = await freePort()
    await options.prepare?.(folder, port)
    const service = new this(options, port, folder)
    await service.start()
    return service
  }

  /** The server's process, to be stopped (SIGSTOP) by a test. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  async start(): Promise<void> {
    const { program, args, env, ready = accepts } = this.#options
    const server = guarded(
      spawn(find(program) as string, args(this.port, this.folder), {
        cwd: this.folder,
        env: { ...process.env, ...env?.(this.port, this.folder) },
        stdio: ['ignore', 'ignore', 'pipe']
      })
    )
    this.#process = server
    let complaints = ''
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-2000)
    })
    while (!(await ready(this.port))) {
      if (server.exitCode !== null) throw new Error(`${program} ended with ${server.exitCode}: ${complaints}`)
      await sleep(20)
    }
  }

  /** Ends the server at once, as a crash of its host would be seen; its files stay. */
  async stop(): Promise<void> {
    const server = this.#process
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const exit = once(server, 'exit')
    server.kill('SIGKILL')
    await exit
  }

  /** Stops the server, as a host that hangs would: its connections stay, and nothing is answered until `resume()`. */
  async pause(): Promise<void> {
    process.kill(this.pid as number, 'SIGSTOP')
    // The signal takes its time, and each thread takes its own.
    while (
      globSync(`/proc/${this.pid}/task/*/stat`).some((file) => !/\) T /.test(readFileSync(file, 'utf8')))
    ) {
      await sleep(5)
    }
  }

  resume(): void {
    process.kill(this.pid as number, 'SIGCONT')
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Whether something listens there. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Whether a server says something, where it is the client that speaks first after it sent `hello`. */
export function answers(port: number, hello: string | Buffer = ''): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(hello))
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .once('data', () => done(true))
      .once('error', () => done(false))
      .once('close', () => done(false))
  })
}
