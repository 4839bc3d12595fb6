import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { find, freePort, without } from '@dockerflow/testing/programs'
import Fastify from 'fastify'
import { type Test, test } from 'tap'
import fastifyLbheartbeat from '../src/index.ts'

const guide = new URL('../../../docs/guides/load-balancers.md', import.meta.url)

/** Two instances and a free port, in place of those that the guide's configuration names. */
async function start(t: Test, language: string) {
  const instance = async (name: string) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(fastifyLbheartbeat)
    app.get('/', async () => name)
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    return { app, port }
  }
  const [a, b, port] = [await instance('a'), await instance('b'), await freePort()]
  const config =
    new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(await readFile(guide, 'utf8'))?.[1] ?? ''
  const text = config
    .replaceAll(':8000', `:${a.port}`)
    .replaceAll(':8001', `:${b.port}`)
    .replaceAll(':8080', `:${port}`)
  return { a: a.app, b: b.app, text, url: `http://127.0.0.1:${port}` }
}

/** Runs a load balancer until the test ends. */
async function run(t: Test, url: string, program: string, ...args: string[]) {
  const child = spawn(find(program) as string, args, { stdio: 'ignore' })
  t.teardown(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await until(async () => (await fetch(url).catch(() => null)) !== null)
}

/** A test whose wait doesn't end runs into tap's own timeout. */
async function until(met: () => Promise<boolean>): Promise<void> {
  while (!(await met())) await sleep(50)
}

/** Which server answers each of ten requests. A connection for each: what is kept open may be to either. */
async function answers(url: string): Promise<string> {
  const seen = new Set<string>()
  for (let i = 0; i < 10; i++) {
    const response = await fetch(url, { headers: { connection: 'close' } })
    seen.add(response.ok ? await response.text() : `${response.status}`)
  }
  return [...seen].sort().join(' ')
}

for (const check of ['option httpchk GET /__lbheartbeat__', 'option httpchk /__lbheartbeat__/']) {
  test(`haproxy with ${check} leaves out an instance in maintenance, and takes it back`, {
    skip: without('haproxy')
  }, async (t) => {
    const { a, b, text, url } = await start(t, 'haproxy')
    const file = join(t.testdir(), 'haproxy.cfg')
    const own = text.replace('option httpchk GET /__lbheartbeat__', check).replace('inter 2s', 'inter 100ms')
    t.match(own, check)
    await writeFile(file, own)
    await run(t, url, 'haproxy', '-db', '-f', file)
    await until(async () => (await answers(url)) === 'a b')
    a.lbheartbeat.startMaintenance()
    await until(async () => (await answers(url)) === 'b')
    a.lbheartbeat.endMaintenance()
    await until(async () => (await answers(url)) === 'a b')
    b.lbheartbeat.drain()
    await until(async () => (await answers(url)) === 'a')
    a.lbheartbeat.drain()
    await until(async () => (await answers(url)) === '503')
    t.pass('and all of them where all drain')
  })
}

test('nginx goes on to the next instance while one answers 503', {
  skip: without('nginx-light')
}, async (t) => {
  const { a, text, url } = await start(t, 'nginx')
  const folder = t.testdir()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  const file = join(folder, 'nginx.conf')
  const main = `daemon off;\nmaster_process off;\npid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\n`
  await writeFile(file, `${main}http {\naccess_log off;\n${temporary}\n${text}}\n`)
  await run(t, url, 'nginx', '-p', folder, '-e', `${folder}/error.log`, '-c', file)
  t.equal(await answers(`${url}/__lbheartbeat__`), 'OK')
  a.lbheartbeat.startMaintenance()
  t.equal(await answers(`${url}/__lbheartbeat__`), 'OK')
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    t.equal((await fetch(`${url}/__lbheartbeat__/`, { method })).status, 200, method)
  }
})
