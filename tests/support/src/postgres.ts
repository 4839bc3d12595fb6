import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { appendFile, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cached } from './cached.ts'
import type { Certificate } from './certificates.ts'
import { guarded } from './guard.ts'
import { find, freePort, without } from './programs.ts'

export const withoutPostgres = (): string | false => without('postgresql')

/** A PostgreSQL server of its own, with the user `demo`. */
export class PostgresServer {
  readonly port: number
  readonly password: string
  readonly #folder: string
  readonly #options: SpawnOptions
  #process: ChildProcess | undefined

  private constructor(port: number, password: string, folder: string, options: SpawnOptions) {
    this.port = port
    this.password = password
    this.#folder = folder
    this.#options = options
  }

  /**
   * Makes a database cluster in a new folder and starts it.
   *
   * @param certificate With one, the server speaks TLS to those who ask for it.
   */
  static async create(password = 'a-password', certificate?: Certificate): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'dockerflow-postgres-'))
    const { uid, gid } = asNobodySpecial()
    const cluster = await makeCluster(password)
    execFileSync('cp', ['-r', '--reflink=auto', join(cluster, 'data'), folder])
    if (certificate) {
      const settings = "ssl = on\nssl_cert_file = 'cert.pem'\nssl_key_file = 'key.pem'\n"
      await appendFile(join(folder, 'data', 'postgresql.conf'), settings)
      await writeFile(join(folder, 'data', 'cert.pem'), certificate.cert)
      await writeFile(join(folder, 'data', 'key.pem'), certificate.key, { mode: 0o600 })
    }
    if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${gid}`, folder])
    const server = new PostgresServer(await freePort(), password, folder, { uid, gid, cwd: folder })
    await server.start()
    return server
  }

  get url(): string {
    return `postgres://demo:${encodeURIComponent(this.password)}@127.0.0.1:${this.port}/postgres`
  }

  /** The server's process, to be stopped (SIGSTOP) by a test. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Sends a signal to the server and to the process of each of its connections. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined) throw new Error('the server is not running')
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
    for (const pid of [this.pid, ...children.map(Number)]) process.kill(pid, signal)
  }

  async start(): Promise<void> {
    const flags = ['-D', 'data', '-p', `${this.port}`, '-h', '127.0.0.1', '-k', '', '-F']
    const server = guarded(spawn(find('postgres') as string, flags, { ...this.#options, stdio: 'ignore' }))
    this.#process = server
    while (!(await accepts(this.port))) {
      if (server.exitCode !== null) throw new Error(`postgres ended with ${server.exitCode}`)
      await sleep(50)
    }
  }

  /** Ends the server at once, as a crash of its host would be seen; its data stays. */
  async stop(): Promise<void> {
    const server = this.#process
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const exit = once(server, 'exit')
    server.kill('SIGCONT')
    server.kill('SIGQUIT')
    await exit
  }

  async remove(): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** A database cluster with the user `demo`, to be copied: making one takes longer than all that a test does with it. */
function makeCluster(password: string): Promise<string> {
  const initdb = find('initdb') as string
  const version = /[\d.]+/.exec(execFileSync(initdb, ['--version'], { encoding: 'utf8' }))?.[0]
  const key = createHash('sha256').update(password).digest('hex').slice(0, 16)
  return cached(`postgres-${version}-${key}`, async (partial) => {
    // As the server's user, who may have no way into the cache's folder.
    const folder = await mkdtemp(join(tmpdir(), 'dockerflow-postgres-'))
    const { uid, gid } = asNobodySpecial()
    try {
      if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid)
      await writeFile(join(folder, 'password'), password)
      const settings = [
        '--auth=scram-sha-256',
        '--username=demo',
        '--no-sync',
        '--locale=C',
        '--wal-segsize=1'
      ]
      execFileSync(initdb, [...settings, '--pwfile=password', '--pgdata=data'], {
        uid,
        gid,
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe']
      })
      execFileSync('cp', ['-r', join(folder, 'data'), partial])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

/** PostgreSQL refuses to run as root: then as the user that its package made. */
function asNobodySpecial(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Whether the server takes clients: for a while after it listens it refuses them with 57P03. */
function accepts(port: number): Promise<boolean> {
  const parameters = Buffer.from('user\0demo\0database\0postgres\0\0')
  const startup = Buffer.alloc(8)
  startup.writeInt32BE(8 + parameters.length, 0)
  startup.writeInt32BE(0x30000, 4) // version 3.0 of the protocol
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([startup, parameters])))
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .once('data', (reply) => done(!reply.includes('57P03')))
      .once('error', () => done(false))
      .once('close', () => done(false))
  })
}
