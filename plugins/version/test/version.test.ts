import { existsSync } from 'node:fs'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import fastifyVersion, { type FastifyVersionOptions, type VersionObject } from '../src/index.ts'

const object = {
  source: 'https://example.org/org/service',
  version: '1.2.3',
  commit: '8f1c5ff0a6cd2d1c1b2d9f9d2f7f6a34a1b0c9d8',
  build: 'https://ci.example.org/builds/7'
}

interface Line {
  level: number
  msg: string
  path?: string
  missing?: string[]
}

async function build(t: Test, opts: FastifyVersionOptions, warnings: Line[] = []): Promise<FastifyInstance> {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      warnings.push(JSON.parse(chunk.toString()))
      done()
    }
  })
  const app = Fastify({ logger: { level: 'warn', stream } })
  t.teardown(() => app.close())
  await app.register(fastifyVersion, opts)
  return app
}

/** An app that serves a version file of these bytes, which lies in a folder of the test's own. */
async function serve(t: Test, bytes: string | Buffer, warnings?: Line[]) {
  const path = join(t.testdir(), 'version.json')
  await writeFile(path, bytes)
  return { path, app: await build(t, { path }, warnings) }
}

test("serves the file's bytes unchanged, not to be stored", async (t) => {
  const bytes = `\t{ "extra": { "π": [1.0, 1e2] },${JSON.stringify(object).slice(1)}\r\n\n`
  const warnings: Line[] = []
  const { app } = await serve(t, bytes, warnings)
  const res = await app.inject('/__version__')
  t.equal(res.statusCode, 200)
  t.ok(res.rawPayload.equals(Buffer.from(bytes)))
  t.equal(res.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(res.headers['cache-control'], 'no-store')
  t.strictSame(warnings, [])
})

test('answers with a query string', async (t) => {
  const { app } = await serve(t, JSON.stringify(object))
  t.equal((await app.inject('/__version__?from=ops')).statusCode, 200)
})

test('answers HEAD with the headers of GET and an empty body, also where HEAD routes are off', async (t) => {
  for (const version of [object, undefined]) {
    for (const exposeHeadRoutes of [true, false]) {
      const app = Fastify({ exposeHeadRoutes })
      t.teardown(() => app.close())
      await app.register(fastifyVersion, version ? { version } : { path: join(t.testdirName, 'none.json') })
      const [get, head] = await Promise.all([
        app.inject('/__version__'),
        app.inject({ method: 'HEAD', url: '/__version__' })
      ])
      t.equal(head.statusCode, version ? 200 : 404)
      t.equal(head.statusCode, get.statusCode)
      t.equal(head.body, '')
      t.equal(head.headers['content-length'], get.headers['content-length'])
      t.equal(head.headers['content-type'], get.headers['content-type'])
      t.equal(head.headers['cache-control'], 'no-store')
    }
  }
})

test('answers no other method', async (t) => {
  const app = await build(t, { version: object })
  for (const method of ['POST', 'PUT', 'DELETE'] as const) {
    t.equal((await app.inject({ method, url: '/__version__' })).statusCode, 404)
  }
})

test('url moves the route', async (t) => {
  const app = await build(t, { url: '/about', version: object })
  t.strictSame((await app.inject('/about')).json(), object)
  t.equal((await app.inject('/__version__')).statusCode, 404)
})

test('answers over a real connection, the same bytes each time', async (t) => {
  const bytes = `${JSON.stringify(object, null, 2)}\n`
  const { app } = await serve(t, bytes)
  const origin = await app.listen({ port: 0 })
  for (let i = 0; i < 3; i++) {
    const res = await fetch(`${origin}/__version__`)
    t.equal(res.status, 200)
    t.equal(await res.text(), bytes)
  }
})

test('reads the file once: what becomes of it later changes nothing', async (t) => {
  const { app, path } = await serve(t, JSON.stringify(object))
  await writeFile(path, 'TBD')
  t.strictSame((await app.inject('/__version__')).json(), object)
  await rm(path)
  t.strictSame((await app.inject('/__version__')).json(), object)
})

test('follows a link to the file, as a mounted volume has it', async (t) => {
  const folder = t.testdir({ '..data': { 'version.json': JSON.stringify(object) } })
  const path = join(folder, 'version.json')
  await symlink(join('..data', 'version.json'), path)
  const app = await build(t, { path })
  t.strictSame((await app.inject('/__version__')).json(), object)
})

test('a missing file is a warning at boot, and 404 with a JSON body past any error handler', async (t) => {
  const warnings: Line[] = []
  const path = join(t.testdirName, 'none.json')
  const app = await build(t, { path }, warnings)
  app.setErrorHandler((_err, _request, reply) => reply.type('text/html').send('<h1>Oops</h1>'))
  app.setReplySerializer(() => '<p>Serialized</p>')
  app.addHook('preSerialization', async () => ({ wrapped: true }))
  app.setNotFoundHandler((_request, reply) => reply.type('text/html').send('<h1>Where?</h1>'))
  t.equal(warnings.length, 1)
  t.match(warnings[0], { level: 40, msg: 'there is no version file', path })
  const res = await app.inject('/__version__')
  t.equal(res.statusCode, 404)
  t.equal(res.headers['content-type'], 'application/json; charset=utf-8')
  t.equal(res.headers['cache-control'], 'no-store')
  t.strictSame(res.json(), { statusCode: 404, error: 'Not Found', message: 'There is no version file' })
  t.equal(app.versionObject, null)
})

test('the file is looked for in /app unless path says otherwise', async (t) => {
  const warnings: Line[] = []
  const app = await build(t, {}, warnings)
  // Inside of a container that has the file there is nothing to warn of.
  if (existsSync('/app/version.json')) t.ok(app.versionObject)
  else t.equal(warnings[0]?.path, '/app/version.json')
})

test('a file that holds no version object is a coded error that names it and what was expected', async (t) => {
  const expected = 'expected a JSON object with strings as source, version, commit and build'
  const cases: [bytes: string | Buffer, fault: string][] = [
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['TBD', 'is not JSON'],
    ['{"commit": "abc"', 'is not JSON'],
    ['\ufeff{}', 'is not JSON'],
    [Buffer.from('{"version":"\xe9"}', 'latin1'), 'is not UTF-8'],
    [Buffer.from('\ufeff{}', 'utf16le'), 'is not UTF-8'],
    ['[]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    ['7', 'is not a JSON object'],
    ['"1.2.3"', 'is not a JSON object'],
    ['{"commit":7}', 'has no string as commit'],
    [
      '{"source":null,"version":1.2,"commit":[],"build":{}}',
      'has no string as source, version, commit, build'
    ]
  ]
  for (const [bytes, fault] of cases) {
    const path = join(t.testdir(), 'version.json')
    await writeFile(path, bytes)
    const error = await build(t, { path }).catch((err) => err)
    t.equal(error.code, 'DOCKERFLOW_VERSION_INVALID_FILE')
    t.equal(error.message, `@dockerflow/version: file "${path}" ${fault}: ${expected}`)
  }
})

test('an error does not quote the file, which may be another one, with a secret', async (t) => {
  const error = await serve(t, 'PASSWORD=hunter2').catch((err) => err)
  t.equal(error.code, 'DOCKERFLOW_VERSION_INVALID_FILE')
  t.notOk(`${error.stack} ${JSON.stringify(error)} ${error.cause}`.includes('hunter2'))
})

test('a folder, a device and a file beyond 64 KiB are coded errors, and are not read', async (t) => {
  const folder = t.testdir({ 'big.json': `{"x":"${'x'.repeat(65_536)}"}` })
  for (const path of [folder, '/dev/zero', join(folder, 'big.json')]) {
    const error = await build(t, { path }).catch((err) => err)
    t.match(error, {
      code: 'DOCKERFLOW_VERSION_INVALID_FILE',
      message: `@dockerflow/version: file "${path}" must be a regular file of at most 65536 bytes`
    })
  }
})

test('a file of 64 KiB is served', async (t) => {
  const bytes = JSON.stringify(object).padEnd(65_536)
  const { app } = await serve(t, bytes)
  t.equal((await app.inject('/__version__')).body, bytes)
})

test('any other failure to read is a coded error with its cause', async (t) => {
  const folder = t.testdir({ file: '' })
  const loop = join(folder, 'loop.json')
  await symlink('loop.json', loop)
  const cases: [path: string, code: string][] = [
    [loop, 'ELOOP'],
    [join(folder, 'file', 'version.json'), 'ENOTDIR'],
    [join(folder, 'n'.repeat(300)), 'ENAMETOOLONG'],
    ['version\0.json', 'ERR_INVALID_ARG_VALUE']
  ]
  // As root there is no such thing as no permission.
  if (process.getuid?.() !== 0) {
    await mkdir(join(folder, 'closed'), { mode: 0o000 })
    cases.push([join(folder, 'closed', 'version.json'), 'EACCES'])
  }
  for (const [path, code] of cases) {
    const error = await build(t, { path }).catch((err) => err)
    t.equal(error.code, 'DOCKERFLOW_VERSION_UNREADABLE_FILE')
    t.equal(error.message, `@dockerflow/version: file "${path}" can not be read: ${code}`)
    t.equal(error.cause.code, code)
  }
})

test('missing members are allowed, and a warning names them; blank ones are not missing', async (t) => {
  const warnings: Line[] = []
  const { app, path } = await serve(t, '{"version":"","commit":"abc","toString":1}', warnings)
  t.equal((await app.inject('/__version__')).body, '{"version":"","commit":"abc","toString":1}')
  t.equal(warnings.length, 1)
  t.match(warnings[0], {
    level: 40,
    msg: 'the version object lacks members',
    path,
    missing: ['source', 'build']
  })

  warnings.length = 0
  await build(t, { version: {} }, warnings)
  t.strictSame(warnings[0]?.missing, ['source', 'version', 'commit', 'build'])
  t.notOk('path' in (warnings[0] as Line))
})

test('version is an object, or a function or async function that is called once', async (t) => {
  let calls = 0
  const functions = [
    () => {
      calls++
      return object
    },
    async () => {
      calls++
      return object
    }
  ]
  for (const version of [object, ...functions]) {
    const app = await build(t, { version })
    for (let i = 0; i < 2; i++) t.equal((await app.inject('/__version__')).body, JSON.stringify(object))
    t.strictSame(app.versionObject, object)
  }
  t.equal(calls, 2)
})

test('versionObject is frozen all through, and is not the object that was given', async (t) => {
  const given = { ...object, extra: { list: [{}] } }
  const app = await build(t, { version: given })
  const held = app.versionObject as VersionObject & typeof given
  t.strictSame(held, given)
  t.ok([held, held.extra, held.extra.list, held.extra.list[0]].every(Object.isFrozen))
  t.notOk(Object.isFrozen(given))
  given.version = '9'
  t.equal(held.version, '1.2.3')
  t.equal((await app.inject('/__version__')).json().version, '1.2.3')
})

test('what the version function throws is what registering fails with', async (t) => {
  const boom = new Error('no metadata server')
  const broken: (() => Promise<VersionObject>)[] = [
    () => Promise.reject(boom),
    () => {
      throw boom
    }
  ]
  for (const version of broken) t.equal(await build(t, { version }).catch((err) => err), boom)
})

test('two apps in one process share nothing', async (t) => {
  const one = await build(t, { version: { ...object, version: '1' } })
  const other = await build(t, { version: { ...object, version: '2' } })
  t.equal((await one.inject('/__version__')).json().version, '1')
  t.equal((await other.inject('/__version__')).json().version, '2')
})

test('a bad option is a coded TypeError while registering that names the option', async (t) => {
  const ring: Record<string, unknown> = {}
  ring.ring = ring
  const expected = 'expected a JSON object with strings as source, version, commit and build'
  const cases: [opts: object, message: string][] = [
    [{ url: 7 }, 'option "url" must be a path that starts with "/"'],
    [{ url: null }, 'option "url" must be a path that starts with "/"'],
    [{ url: 'version' }, 'option "url" must be a path that starts with "/"'],
    [{ path: 7 }, 'option "path" must be the path of a file'],
    [{ path: null }, 'option "path" must be the path of a file'],
    [{ path: '' }, 'option "path" must be the path of a file'],
    [{ path: '/v.json', version: object }, 'option "version" excludes "path": give one of the two'],
    [{ version: null }, `option "version" is not a JSON object: ${expected}`],
    [{ version: [] }, `option "version" is not a JSON object: ${expected}`],
    [{ version: '1.2.3' }, `option "version" is not a JSON object: ${expected}`],
    [{ version: () => undefined }, `option "version" is not a JSON object: ${expected}`],
    [{ version: async () => ({ commit: 7 }) }, `option "version" has no string as commit: ${expected}`],
    [{ version: { commit: null } }, `option "version" has no string as commit: ${expected}`],
    [{ version: ring }, 'option "version" must be an object that JSON can hold'],
    [{ version: { extra: 1n } }, 'option "version" must be an object that JSON can hold'],
    [{ paht: '/v.json' }, 'option "paht" is unknown; the options are: url, path, version, hide'],
    [{ hide: 1 }, 'option "hide" must be true or false'],
    // Fastify passes `prefix` by such a plugin without a word: better an error than a route in the wrong place.
    [{ prefix: '/v1' }, 'option "prefix" is unknown; the options are: url, path, version, hide']
  ]
  for (const [opts, message] of cases) {
    const error = await build(t, opts).catch((err) => err)
    t.ok(error instanceof TypeError)
    t.equal(error.code, 'DOCKERFLOW_VERSION_INVALID_OPTION')
    t.equal(error.message, `@dockerflow/version: ${message}`)
  }
  await t.resolves(build(t, { url: undefined, path: undefined, version: object }), 'undefined is the default')
})

test('a prefix that would move the default path is a coded error that says what to do', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.register(async (ops) => ops.register(fastifyVersion, { version: {} }), { prefix: '/ops' })
  await t.rejects(async () => app.ready(), {
    code: 'DOCKERFLOW_VERSION_PREFIXED_SCOPE',
    message:
      '@dockerflow/version: the scope\'s prefix would move "/__version__" to "/ops/__version__"; register the plugin outside of that scope, or set the option "url" if you mean it'
  })
})

test('a second registration is a coded error that names the plugin', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fastifyVersion, { version: {} })
  await t.rejects(async () => app.register(fastifyVersion, { version: {} }), {
    code: 'DOCKERFLOW_VERSION_ALREADY_REGISTERED',
    message: '@dockerflow/version: the plugin is registered already; register it once'
  })
})
