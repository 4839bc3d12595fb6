import { execFileSync } from 'node:child_process'
import { test } from 'tap'

const listLoaded = `
  import { registerHooks } from 'node:module'
  const urls = []
  registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) })
  const { default: Fastify } = await import('fastify')
  const { default: dockerflow, dockerflowServerOptions } = await import('@dockerflow/all')
  const app = Fastify(dockerflowServerOptions({ stream: { write() {} } }))
  await app.register(dockerflow, { error: { enabled: true }, version: { version: {} } })
  await app.ready()
  await app.inject('/__heartbeat__')
  console.log(JSON.stringify(urls))
`

test('a service starts without loading TypeBox, which takes longer than Fastify', async (t) => {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', listLoaded], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' }
  })
  const urls: string[] = JSON.parse(output)
  t.ok(urls.some((url) => /heartbeat\/dist\/index\.js$/.test(url)))
  t.ok(urls.length > 50)
  t.strictSame(
    urls.filter((url) => /typebox|\/schema\.js$/.test(url)),
    []
  )
})
