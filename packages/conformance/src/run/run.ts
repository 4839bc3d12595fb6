import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConformanceError } from '../errors.ts'
import { readService, type ServiceFacts, type ServiceOptions } from '../service/facts.ts'
import { type Answer, ask } from '../service/probe.ts'
import { docker } from './docker.ts'
import type { RunFacts, RunFinding } from './facts.ts'
import { isMozlog } from './mozlog.ts'
import { BackingProxy } from './proxy.ts'

export interface RunOptions extends ServiceOptions {
  /** Variables, `NAME=VALUE`, or `NAME` alone for that of this process. */
  env: string[]
  /** `NAME=PORT`: the container knows it as NAME, and it is on PORT of this machine. */
  dependencies: string[]
  onProgress(what: string): void
}

/** How long a container may take until it answers, in ms. */
const START = 60_000
/** How long it may answer lbheartbeat otherwise than with 200, or listen elsewhere, until that is its answer, in ms. */
const WARM_UP = 10_000
/** How long it may take to end after SIGTERM, in s. */
const STOP = 30

interface Container {
  id: string
  url: string
}

/** A run of an image: all that it starts, so that it can be taken away again. */
class Stage {
  readonly #name = `dockerflow-check-${randomBytes(6).toString('hex')}`
  readonly #ids: string[] = []
  readonly proxies: BackingProxy[] = []
  gateway = ''

  /** A network that leads nowhere but to this process. */
  async prepare(dependencies: string[]): Promise<void> {
    await docker(['network', 'create', '--internal', this.#name])
    this.gateway = await docker([
      'network',
      'inspect',
      '--format={{(index .IPAM.Config 0).Gateway}}',
      this.#name
    ])
    for (const dependency of dependencies) {
      const port = Number(dependency.split('=')[1])
      if (!(await accepts(port))) {
        throw new ConformanceError(
          `nothing listens on 127.0.0.1:${port}, which is expected by --dependency ${dependency}`
        )
      }
      const proxy = new BackingProxy({ host: '127.0.0.1', port })
      try {
        await proxy.listen(this.gateway, port)
      } catch (err) {
        const { code } = err as NodeJS.ErrnoException
        const advice = code === 'EADDRINUSE' ? ': let it listen on 127.0.0.1 alone' : ''
        throw new ConformanceError(`the proxy of ${dependency} can not listen, ${code}${advice}`)
      }
      this.proxies.push(proxy)
    }
  }

  /** Starts a container. */
  async start(
    image: string,
    port: number,
    { env, dependencies }: RunOptions,
    flags: string[]
  ): Promise<Container> {
    const id = await docker([
      'run',
      '--detach',
      `--network=${this.#name}`,
      ...dependencies.map((dependency) => `--add-host=${dependency.split('=')[0]}:${this.gateway}`),
      ...env.map((pair) => `--env=${pair}`),
      `--env=PORT=${port}`,
      ...flags,
      image
    ])
    this.#ids.push(id)
    const address = await docker([
      'inspect',
      '--format={{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
      id
    ])
    // One that has ended has no address any more.
    return { id, url: address === '' ? '' : `http://${address}:${port}` }
  }

  /** Takes all of it away; what is gone already is no failure. */
  async end(): Promise<void> {
    for (const id of this.#ids) await docker(['rm', '--force', '--volumes', id]).catch(() => '')
    for (const proxy of this.proxies) await proxy.close()
    await docker(['network', 'rm', this.#name]).catch(() => '')
  }
}

/** Whether something of this machine listens on a port of its loopback. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, timeout: 5000 })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const isRunning = async (id: string) =>
  (await docker(['inspect', '--format={{.State.Running}}', id])) === 'true'

/** Of a container that ended at once. */
const NONE: Answer = {
  url: '',
  status: null,
  headers: {},
  body: Buffer.alloc(0),
  ms: 0,
  failure: 'ended',
  code: undefined
}

/** Waits until a container answers 200 at lbheartbeat, another status for long, or listens elsewhere; the last answer. */
async function waitFor({ id, url }: Container, prefix = ''): Promise<Answer> {
  const start = Date.now()
  let answered: number | undefined
  for (let looked = start; ; ) {
    if (url === '') return NONE
    const answer = await ask(`${url}${prefix}/__lbheartbeat__`, { timeout: 5000 })
    const now = Date.now()
    if (answer.status !== null) answered ??= now
    const over = now > start + START || (answered !== undefined && now > answered + WARM_UP)
    if (answer.status === 200 || over || !(await isRunning(id))) return answer
    if (answered === undefined && now > looked + WARM_UP) {
      looked = now
      if ((await listeners(id)).length > 0) return answer
    }
    await sleep(200)
  }
}

/** Whether it listens where PORT says: with which status it answers is for other rules to judge. */
const listens = ({ status }: Answer) => status !== null

/** A port that the image did not choose, for it to listen on. */
const anyPort = () => randomInt(20_000, 60_000)

const GIVE = 'Give the container what it needs to start: --env NAME=VALUE, --dependency NAME=PORT.'

const HARDENED = ['--read-only', '--tmpfs=/tmp', '--cap-drop=ALL', '--security-opt=no-new-privileges']

/**
 * Starts an image in a container whose network is a proxy of this process, asks it, cuts and hangs what is behind it,
 * and stops it.
 * @throws ConformanceError where there is no engine, or no such image
 */
export async function runImage(
  image: string,
  options: RunOptions
): Promise<{ run: RunFacts; service: ServiceFacts | undefined }> {
  const findings: RunFinding[] = []
  const stage = new Stage()
  const stop = () => void stage.end().finally(() => process.exit(130))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    await stage.prepare(options.dependencies)
    const service = await inspect(image, stage, options, findings)
    return { run: { name: image, findings }, service }
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await stage.end()
  }
}

async function inspect(
  image: string,
  stage: Stage,
  options: RunOptions,
  findings: RunFinding[]
): Promise<ServiceFacts | undefined> {
  const { onProgress, prefix = '' } = options
  const say: Say = (id, verdict, message, answer, fix) =>
    void findings.push({
      id,
      verdict,
      message,
      where: answer ? { url: answer.url, status: answer.status } : { url: `docker://${image}`, status: null },
      ...(fix === undefined ? {} : { fix })
    })

  onProgress(`starting ${image}, read-only and without capabilities`)
  let main: Container
  try {
    main = await stage.start(image, anyPort(), options, HARDENED)
  } catch (err) {
    // The image was read: that the engine refuses to start it is a fault of its own.
    if (!(err instanceof ConformanceError)) throw err
    say('APP-2', 'fail', `It can not be started (${err.message}).`, undefined, 'Let docker run start it.')
    return undefined
  }
  let first = await waitFor(main, prefix)
  if (listens(first)) {
    say('MOD-2', 'pass', 'It runs on a read-only root, with /tmp alone to write to.', first)
  } else if ((await listeners(main.id)).length === 0) {
    const log = await lastLine(main.id)
    onProgress(`starting ${image} without restrictions`)
    main = await stage.start(image, anyPort(), options, [])
    first = await waitFor(main, prefix)
    if (listens(first)) {
      say('MOD-2', 'fail', `It does not run on a read-only root${log}.`)
      say('X-4', 'fail', `It does not run on a read-only root, without capabilities${log}.`)
    }
  }
  if (!listens(first)) {
    const log = await lastLine(main.id)
    const elsewhere = await listeners(main.id)
    if (elsewhere.length > 0 && elsewhere.every(({ loopback }) => loopback))
      say('APP-2b', 'fail', 'It listens on loopback alone: expected 0.0.0.0.')
    else if (elsewhere.length > 0)
      say(
        'APP-2',
        'fail',
        `It listens on port ${[...new Set(elsewhere.filter(({ loopback }) => !loopback).map(({ port }) => port))].slice(0, 3).join(', ')}, and not on the one that PORT says.`
      )
    else if (await isRunning(main.id))
      say('APP-2', 'fail', `It does not answer on the port that PORT says${log}.`)
    else {
      const code = await docker(['inspect', '--format={{.State.ExitCode}}', main.id])
      say('APP-2', 'fail', `It ended with code ${code} before it answered${log}.`, undefined, GIVE)
    }
    return undefined
  }
  say('APP-2b', 'pass', 'It answers from outside the container.', first)

  onProgress(`starting ${image} with another port, as another user`)
  const second = await stage.start(image, anyPort(), options, [...HARDENED, '--user=54321:0'])
  const other = await waitFor(second, prefix)
  if (listens(other)) {
    say('APP-2', 'pass', 'It answers on two ports that PORT named.', other)
    if (!findings.some(({ id }) => id === 'X-4'))
      say('X-4', 'pass', 'It runs without capabilities, on a read-only root, as any uid.', other)
  } else {
    const log = await lastLine(second.id)
    const third = await stage.start(image, anyPort(), options, [])
    const again = await waitFor(third, prefix)
    say(
      'APP-2',
      listens(again) ? 'pass' : 'fail',
      listens(again)
        ? 'It answers on two ports that PORT named.'
        : 'It answers on one port, and not on another that PORT named.',
      again
    )
    if (!findings.some(({ id }) => id === 'X-4')) say('X-4', 'fail', `It does not run as another uid${log}.`)
  }

  onProgress(`asking ${image}`)
  const service = await readService(main.url, options)
  await judgeDependencies(main, stage, options, say)
  await judgeProcesses(main, say)
  await judgeLogs(main, say)
  onProgress(`stopping ${image}`)
  await docker(['stop', `--time=${STOP}`, main.id], (STOP + 30) * 1000)
  const code = await docker(['inspect', '--format={{.State.ExitCode}}', main.id])
  if (code === '0') say('X-3', 'pass', 'SIGTERM ends it with code 0.')
  else if (code === '137') say('X-3', 'fail', `SIGTERM does not end it within ${STOP} s.`)
  else say('X-3', 'fail', `SIGTERM ends it with code ${code}: expected 0.`)
  return service
}

type Say = (
  id: string,
  verdict: RunFinding['verdict'],
  message: string,
  answer?: Answer,
  fix?: string
) => void

async function judgeDependencies(
  { url }: Container,
  { proxies }: Stage,
  { prefix = '', timeout = 10_000, dependencies, onProgress }: RunOptions,
  say: Say
) {
  const get = (path: string) => ask(`${url}${prefix}${path}`, { timeout })
  for (const [index, proxy] of proxies.entries()) {
    const name = dependencies[index]?.split('=')[0]
    for (const mode of ['cut', 'hang'] as const) {
      onProgress(`${mode === 'cut' ? 'cutting' : 'hanging'} ${name}`)
      proxy.set(mode)
      // What answers from a cache gets the time to notice.
      await sleep(2000)
      const [lbheartbeat, heartbeat] = [await get('/__lbheartbeat__'), await get('/__heartbeat__')]
      const down = mode === 'cut' ? 'is cut' : 'hangs'
      say(
        'APP-6a',
        lbheartbeat.status === 200 ? 'pass' : 'fail',
        `While ${name} ${down}, /__lbheartbeat__ ${lbheartbeat.status === null ? lbheartbeat.failure : `answers ${lbheartbeat.status}`}.`,
        lbheartbeat
      )
      const late = heartbeat.code === 'ETIMEDOUT'
      const { status } = heartbeat
      if (!late) {
        say(
          'APP-5b',
          status !== null && status >= 500 ? 'pass' : 'fail',
          `While ${name} ${down}, the heartbeat ${status === null ? heartbeat.failure : `answers ${status}`}.`,
          heartbeat
        )
      }
      if (mode === 'hang') {
        say(
          'APP-5c',
          late ? 'fail' : 'pass',
          `While ${name} hangs, the heartbeat ${late ? heartbeat.failure : 'answers in time'}.`,
          heartbeat
        )
      }
      proxy.set('pass')
      await sleep(500)
    }
  }
}

const INIT = /^(?:\S*\/)?(?:tini|dumb-init|catatonit|docker-init|my_init)\b/

async function judgeProcesses({ id }: Container, say: Say) {
  const [, ...lines] = (await docker(['top', id, '-o', 'pid,args'])).split('\n')
  const programs = lines
    .map((line) => line.trim().replace(/^\d+\s+/, ''))
    .filter((line) => line !== '' && !INIT.test(line))
  const names = new Set(programs.map((line) => line.split(/\s+/)[0]?.replace(/^.*\//, '').replace(/:$/, '')))
  if (programs.length <= 1) say('OPT-1', 'pass', 'One process runs.')
  else if (names.size === 1)
    say('OPT-1', 'unknown', `${programs.length} processes of one program run, which may be its workers.`)
  else say('OPT-1', 'fail', `${programs.length} processes run: ${[...names].slice(0, 5).join(', ')}.`)
}

async function judgeLogs({ id }: Container, say: Say) {
  const lines = (await docker(['logs', '--tail=500', id])).split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) {
    // Files that its processes hold open, as far as its own user sees them.
    const open = await docker(['exec', id, 'sh', '-c', 'ls -l /proc/[0-9]*/fd']).catch(() => '')
    const file = /-> (\/\S*(?:\.log|\/log\/\S+|\/logs\/\S+))$/m.exec(open)?.[1]
    if (file) say('APP-7', 'fail', `It logs to ${file}, and printed nothing: expected stdout or stderr.`)
    else say('APP-7', 'unknown', 'It printed nothing, so there is no log to look at.')
    return
  }
  say('APP-7', 'pass', 'It logs text to stdout or stderr.')
  const other = lines.find((line) => !isMozlog(line))
  if (other === undefined) say('OPT-2', 'pass', `All of ${lines.length} lines are mozlog records.`)
  else say('OPT-2', 'fail', `A line is not a mozlog record: ${JSON.stringify(other.slice(0, 80))}.`)
}

/** What a container printed last, as part of a message. */
async function lastLine(id: string): Promise<string> {
  const line = (await docker(['logs', '--tail=20', id]).catch(() => '')).trim().split('\n').at(-1) ?? ''
  return line === '' ? '' : `; it printed last ${JSON.stringify(line.slice(0, 160))}`
}

/** What processes in a container listen on, where it has a program that shows it. */
async function listeners(id: string): Promise<{ loopback: boolean; port: number }[]> {
  const tables = await docker(['exec', id, 'cat', '/proc/net/tcp', '/proc/net/tcp6']).catch(() => '')
  const found = [...tables.matchAll(/^\s*\d+: ([\dA-F]+):([\dA-F]{4}) \S+ 0A /gm)].map(
    ([, address = '', port = '']) => ({
      address,
      loopback: /^(?:[\dA-F]{6}7F|0{24}01000000)$/.test(address),
      port: Number.parseInt(port, 16)
    })
  )
  // 127.0.0.11 is the engine's own, for names.
  return found.filter(({ address }) => address !== '0B00007F')
}
