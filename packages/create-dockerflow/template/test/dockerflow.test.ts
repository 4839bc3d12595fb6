import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { build } from '../src/app.ts'
import { readConfig } from '../src/config.ts'

const version = {
  source: 'https://git.example.org/my-service',
  version: '1.2.3',
  commit: 'a'.repeat(40),
  build: ''
}
const folder = await mkdtemp(join(tmpdir(), 'my-service-'))
const VERSION_FILE = join(folder, 'version.json')
await writeFile(VERSION_FILE, JSON.stringify(version))

const env = {
  DATABASE_FILE: ':memory:', //? sqlite
  //? postgres: DATABASE_URL: 'postgres://localhost:5432/test',
  //? mysql: DATABASE_URL: 'mysql://localhost:3306/test',
  ...process.env
}
// The logger of production, which writes here.
const lines: string[] = []
const app = await build(readConfig({ ...env, VERSION_FILE }), { write: (line) => lines.push(line) })
after(async () => {
  await app.close()
  await rm(folder, { recursive: true })
})

test('/__lbheartbeat__ answers', async () => {
  assert.equal((await app.inject('/__lbheartbeat__')).statusCode, 200)
})

test('/__version__ serves the version file', async () => {
  assert.deepEqual((await app.inject('/__version__')).json(), version)
})

test('/__heartbeat__ says what works', async () => {
  const response = await app.inject('/__heartbeat__')
  const { status, checks } = response.json()
  assert.deepEqual(Object.keys(checks), ['database', 'redis']) //? database+redis
  //? database+!redis: assert.deepEqual(Object.keys(checks), ['database'])
  //? none+redis: assert.deepEqual(Object.keys(checks), ['redis'])
  //? none+!redis: assert.deepEqual(checks, {})
  assert.equal(checks.database, 'ok') //? sqlite
  //? server: if (process.env.DATABASE_URL) assert.equal(checks.database, 'ok')
  assert.equal(response.statusCode, ['ok', 'warning'].includes(status) ? 200 : 503)
})

test('a request is one line of mozlog', async () => {
  lines.length = 0
  await app.inject('/')
  const records = lines.map((line) => JSON.parse(line))
  assert.deepEqual(
    records.map(({ Logger, Type, Fields }) => [Logger, Type, Fields.path, Fields.code]),
    [['my-service', 'request.summary', '/', 200]]
  )
})

//? server: const skip = !process.env.DATABASE_URL && 'DATABASE_URL is not set'
//? server: test('a greeting is answered, and a wrong one refused', { skip }, async () => {
//? !server
test('a greeting is answered, and a wrong one refused', async () => {
  const greet = (name: string) => app.inject({ method: 'POST', url: '/greetings', payload: { name } })
  assert.equal((await greet('Ada')).json().greeting, 'Hello, Ada!')
  assert.equal((await greet('')).statusCode, 400)
})
