import { join } from 'node:path'
import dockerflow, { dockerflowServerOptions, warning } from '@dockerflow/all'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Test, test } from 'tap'

// What was built, as the service runs it: the page's files are beside it.
const { default: demo } = await import(new URL('../dist/app.js', import.meta.url).href)

const checks = { db: () => {}, cache: () => warning('demo.W001', 'slow') }
const errorToken = 'a-token'

/** An app, and the lines of its log as far as they are the same each time. */
async function start(t: Test, register: (app: FastifyInstance) => unknown) {
  const lines: { Type: string; Fields?: object }[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const app = Fastify(dockerflowServerOptions({ logger: 'demo', stream })) as unknown as FastifyInstance
  t.teardown(() => app.close())
  await register(app)
  await app.ready()
  return { app, lines: () => lines.map(({ Type, Fields = {} }) => [Type, Object.keys(Fields).sort()]) }
}

test('the plugins one by one answer as @dockerflow/all does', async (t) => {
  const path = join(t.testdir({ 'version.json': '{"version":"1.2.3","commit":"abc"}' }), 'version.json')
  const separate = await start(t, (app) =>
    app.register(fp(demo), { versionFile: path, services: { checks, close: async () => {} }, errorToken })
  )
  const whole = await start(t, (app) =>
    app.register(dockerflow, { version: { path }, heartbeat: { checks }, error: { token: errorToken } })
  )
  for (const url of ['/__lbheartbeat__', '/__version__', '/__heartbeat__', '/__error__']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST'] as const) {
      for (const query of ['', '?from=test']) {
        for (const headers of [{}, { authorization: `Bearer ${errorToken}` }]) {
          const answers = await Promise.all(
            [separate, whole].map(async ({ app }) => {
              const {
                statusCode,
                body,
                headers: all
              } = await app.inject({ method, url: url + query, headers })
              return { statusCode, body, type: all['content-type'], cache: all['cache-control'] }
            })
          )
          t.strictSame(answers[0], answers[1], `${method} ${url}${query}`)
        }
      }
    }
  }
  t.strictSame(separate.lines(), whole.lines(), 'and log the same')
  t.ok(separate.lines().length > 40)
})
