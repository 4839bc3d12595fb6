import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { type Test, test } from 'tap'

const folder = new URL('fixtures/graphql-and-trpc/', import.meta.url)

interface Line {
  Type: string
  Severity: number
  Fields: { addresses?: string[]; rid?: string; code?: number }
}

/** The backing service, which answers with a price, and the status that is set. */
async function startPrices(t: Test) {
  const prices = { status: 200, url: '' }
  const server = createServer((_request, response) => {
    response.writeHead(prices.status, { connection: 'close' }).end('12')
  })
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  prices.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return prices
}

/** The service of the page. `ask` resolves with the answer, and with the lines that its request wrote. */
async function start(t: Test, file: string, pricesUrl: string) {
  const child = spawn(process.execPath, [file], {
    cwd: folder,
    env: { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0', PORT: '0', PRICES_URL: pricesUrl },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const lines: Line[] = []
  const stdout = createInterface({ input: child.stdout })
  stdout.on('line', (line) => lines.push(JSON.parse(line)))
  const seen = async (type: string) => {
    while (!lines.some(({ Type }) => Type === type)) await once(stdout, 'line')
  }
  await Promise.race([seen('app.start'), ended.then(() => Promise.reject(new Error('it ended')))])
  const url = `http://${lines.find(({ Type }) => Type === 'app.start')?.Fields.addresses?.[0]}`
  return {
    async ask(path: string, body?: string) {
      lines.length = 0
      const response = await fetch(url + path, {
        ...(body === undefined ? {} : { method: 'POST', body }),
        headers: { 'content-type': 'application/json' }
      })
      const answer = { status: response.status, text: await response.text() }
      await seen('request.summary')
      const { Fields: summary } = lines.find(({ Type }) => Type === 'request.summary') as Line
      const of = lines.filter(({ Fields }) => Fields.rid === summary.rid)
      return { ...answer, summary, errors: of.filter(({ Severity }) => Severity <= 3) }
    },
    async stop() {
      child.kill('SIGTERM')
      return ended
    }
  }
}

/** A path, and what is posted to it. */
type Question = [path: string, body?: string]

const graphql = (query: string): Question => ['/graphql', JSON.stringify({ query })]
const procedure = (name: string): Question => [`/trpc/${name}`]

for (const { file, type, ask, wrong, missing, failed } of [
  {
    file: 'trpc.ts',
    type: 'trpc.error',
    ask: procedure('price'),
    wrong: procedure('prize'),
    missing: 404,
    failed: 500
  },
  ...['mercurius.ts', 'apollo.ts'].map((file) => ({
    file,
    type: 'graphql.error',
    ask: graphql('{ price }'),
    wrong: graphql('{ prize }'),
    missing: 200,
    failed: 200
  }))
]) {
  test(`${file}: an unexpected error is an ERROR with its traceback, and what the client did is none`, async (t) => {
    const prices = await startPrices(t)
    const service = await start(t, file, prices.url)

    const good = await service.ask(...ask)
    t.match(good.text, /"12"/)
    t.strictSame(good.errors, [])

    t.strictSame((await service.ask(...wrong)).errors, [], 'a question that the schema lacks')

    prices.status = 404
    const expected = await service.ask(...ask)
    t.equal(expected.status, missing)
    t.match(expected.text, 'it has no price')
    t.strictSame(expected.errors, [], 'an error for the client')

    prices.status = 500
    const unexpected = await service.ask(...ask)
    t.equal(unexpected.status, failed)
    t.equal(unexpected.summary.code, failed)
    const error = 'Error: the prices answered 500'
    t.match(
      unexpected.errors.filter((line) => line.Type === type),
      [{ Severity: 3, Fields: { error, traceback: new RegExp(`${error}\n.*${file}:\\d+`, 's') } }]
    )

    t.strictSame(await service.stop(), [0, null])
  })
}

test('the page shows the files that run here', async (t) => {
  const page = await readFile(new URL('../../../docs/guides/graphql-and-trpc.md', import.meta.url), 'utf8')
  for (const file of ['trpc.ts', 'mercurius.ts', 'apollo.ts'])
    t.ok(page.includes(`\`\`\`ts\n${await readFile(new URL(file, folder), 'utf8')}\`\`\``), file)
})
