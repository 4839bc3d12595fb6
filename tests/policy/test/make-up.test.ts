import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { cleanEnvironment } from '@dockerflow/testing/docker-plugins'
import { freePort, without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { test } from 'tap'

test('make up on a port that is taken fails at once, and starts nothing', {
  skip: without('make')
}, async (t) => {
  const folder = t.testdir({ bin: {} })
  const log = join(folder, 'log')
  // In place of docker: writes down what it should do, and says that the service doesn't run unless a file is there.
  const docker = `#!/bin/sh\necho "$*" >>'${log}'\ncase "$*" in *'ps --quiet app') cat '${folder}/running' 2>/dev/null ;; esac\ntrue\n`
  writeFileSync(join(folder, 'bin/docker'), docker, { mode: 0o755 })
  const up = async (port: number) => {
    const env = { ...cleanEnvironment(), PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
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
