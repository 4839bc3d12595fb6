import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { freePort, without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { type Test, test } from 'tap'

/** What stands in for docker: it writes down what it should do, and says that the service doesn't run unless a file is there. */
function standIn(t: Test) {
  const folder = t.testdir({ bin: {} })
  const log = join(folder, 'log')
  const docker = `#!/bin/sh\necho "$* | $COMPOSE_FILE | $PORT | $POSTGRES_PASSWORD" >>'${log}'\ncase "$*" in *'ps --quiet app') cat '${folder}/running' 2>/dev/null ;; esac\ntrue\n`
  writeFileSync(join(folder, 'bin/docker'), docker, { mode: 0o755 })
  const kept = join(folder, 'kept')
  const env = { ...cleanEnvironment(), ENV_FILE: kept, PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
  return { folder, log, kept, env }
}

test('make up on a port that is taken fails at once, and starts nothing', {
  skip: without('make')
}, async (t) => {
  const { folder, log, env } = standIn(t)
  const up = async (port: number) => {
    const make = spawn('make', ['--silent', 'up', `PORT=${port}`], { cwd: root, env })
    let stderr = ''
    make.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const [code] = await once(make, 'close')
    return { code, stderr, done: existsSync(log) ? readFileSync(log, 'utf8') : '' }
  }
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo

  const taken = await up(port)
  t.not(taken.code, 0)
  t.match(
    taken.stderr,
    `make: port ${port} is taken: stop what listens there, or give another, such as PORT=8001\n`
  )
  t.notMatch(taken.done, /bake|compose up/)

  writeFileSync(join(folder, 'running'), 'a container\n')
  t.match(await up(port), { code: 0, done: /bake[\s\S]*compose up/ }, 'its own container has it')
  t.match(await up(await freePort()), { code: 0 })
})

test('what make up is given on its command line is kept for every make, until it is given as nothing', {
  skip: without('make')
}, async (t) => {
  const { log, kept, env } = standIn(t)
  const make = (...args: string[]) => execFileSync('make', ['--silent', ...args], { cwd: root, env })
  const last = () => readFileSync(log, 'utf8').trimEnd().split('\n').at(-1)
  const port = await freePort()
  writeFileSync(kept, 'OF_SOMEBODY=else\n')

  make('up', `PORT=${port}`, 'POSTGRES_PASSWORD=a b#c', 'COMPOSE_FILE=a.yaml:b.yaml')
  t.equal(last(), `compose up --detach --wait --no-build | a.yaml:b.yaml | ${port} | a b#c`)
  make('ps')
  t.equal(last(), `compose ps | a.yaml:b.yaml | ${port} | a b#c`)
  t.equal(statSync(kept).mode & 0o777, 0o600, 'nobody else reads the password')

  make('ps', 'PORT=1')
  t.equal(last(), 'compose ps | a.yaml:b.yaml | 1 | a b#c')
  execFileSync('make', ['--silent', 'up'], { cwd: root, env: { ...env, PORT: '0' } })
  t.equal(
    last(),
    'compose up --detach --wait --no-build | a.yaml:b.yaml | 0 | a b#c',
    'the environment counts'
  )
  make('ps')
  t.equal(last(), `compose ps | a.yaml:b.yaml | ${port} | a b#c`, 'and is not kept, nor is what ps is given')

  make('up', 'PORT=', 'COMPOSE_FILE=docker/compose.yaml', 'POSTGRES_PASSWORD=')
  t.equal(last(), 'compose up --detach --wait --no-build | docker/compose.yaml |  |')
  t.equal(readFileSync(kept, 'utf8'), 'OF_SOMEBODY=else\nCOMPOSE_FILE=docker/compose.yaml\n')
})
