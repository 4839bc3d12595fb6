import { test } from 'tap'
import { closing, mask, membersOf, replace, styleOf } from '../src/code.ts'
import { diff } from '../src/diff.ts'
import { drivers } from '../src/drivers.ts'
import { planCode } from '../src/edits.ts'
import { addToManifest } from '../src/manifest-edit.ts'
import type { Service } from '../src/service.ts'

test('comments and strings are blanked, and code stays in its place', async (t) => {
  for (const [code, masked] of [
    ['a // b\nc', 'a     \nc'],
    ['a /* b\n c */ d', 'a     \n      d'],
    ['f("a\\"b", \'c\') + d', 'f(      ,    ) + d'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the code that is masked has a template in it
    ['x(`a ${b({ c: "`" })} d`) + e', 'x(                      ) + e'],
    ['a = /[/"]\\//g; b / c', 'a =          ; b / c'],
    ['a /* b', 'a     '],
    ['// b', '    ']
  ] as const)
    t.equal(mask(code), masked, code)
  t.equal(closing('(a[b]{c})d', 0), 8)
  t.equal(closing('(a', 0), -1)
})

test('the members of an object are read, where they all have a name and a value', async (t) => {
  const read = (code: string) => membersOf(code, mask(code), 0, code.length - 1)
  t.match(read("{ a: 1, b: f(1, 2), 'c': 3 }"), undefined)
  t.strictSame(
    read('{ a: 1, b: f(1, 2), c: "x, y", }')?.map(({ name, value }) => [name, value]),
    [
      ['a', '1'],
      ['b', 'f(1, 2)'],
      ['c', '"x, y"']
    ]
  )
  t.equal(read('{ ...a }'), undefined)
  t.equal(read('{ a }'), undefined)
  t.strictSame(read('{ }'), [])
  t.equal(
    replace('abc', [
      { start: 0, end: 1, text: 'x' },
      { start: 2, end: 3, text: 'z' }
    ]),
    'xbz'
  )
})

test('a package.json keeps its layout', async (t) => {
  const text = '{\n\t"name": "a",\n\t"files": ["b", "c"],\n\t"dependencies": {\n\t\t"x": "1"\n\t}\n}\n'
  t.equal(
    addToManifest(text, { dependencies: { a: '2', x: '3' } }),
    '{\n\t"name": "a",\n\t"files": ["b", "c"],\n\t"dependencies": {\n\t\t"a": "2",\n\t\t"x": "1"\n\t}\n}\n'
  )
  t.equal(addToManifest(text, { dependencies: { x: '2' } }), text)
  t.equal(
    addToManifest('{"a":1}', { scripts: { b: 'c' } }),
    '{\n  "a": 1,\n  "scripts": {\n    "b": "c"\n  }\n}'
  )
})

test('a difference is shown with two lines around it', async (t) => {
  t.equal(
    diff('f', 'a\nb\nc\nd\ne\nf\ng\nh\n', 'a\nb\nc\nD\ne\nf\ng\nh\ni\n'),
    '--- f\n+++ f\n@@\n b\n c\n-d\n+D\n e\n f\n g\n h\n+i\n'
  )
})

const service = (
  files: Record<string, string>,
  more: Partial<Service> & { dependencies?: string[] } = {}
): Service => ({
  folder: '/service',
  text: '{}',
  manifest: {},
  kind: 'plain',
  manager: 'npm',
  root: '/service',
  isInMonorepo: false,
  isTypeScript: false,
  entry: undefined,
  sources: Object.entries(files).map(([path, text]) => ({ path, text, style: styleOf(text, true) })),
  drivers: new Map(
    (more.dependencies ?? []).map((name) => {
      const driver = drivers[name]
      if (!driver) throw new Error(name)
      return [driver.label, { package: name, driver }]
    })
  ),
  git: 'clean',
  ...more
})
const plan = (files: Record<string, string>, more?: Parameters<typeof service>[1]) =>
  planCode({ service: service(files, more), name: 'shop', warn: new Set() })
const head = "import Fastify from 'fastify'\n"

test('the app is found however it is made', async (t) => {
  for (const [code, expected] of [
    [
      `${head}const app = Fastify()\n`,
      "const app = Fastify(dockerflowServerOptions({ logger: 'shop' }))\napp.register(dockerflow)\n"
    ],
    [`${head}const app = Fastify({})\n`, "Fastify(dockerflowServerOptions({ logger: 'shop' }))\n"],
    [
      `${head}const app = Fastify({ a: 1 })\n`,
      "Fastify(dockerflowServerOptions({ logger: 'shop', a: 1 }))\n"
    ],
    [
      `${head}const app = Fastify({ logger: false, a: 1 })\n`,
      "Fastify(dockerflowServerOptions({ logger: 'shop', a: 1 }))\n"
    ],
    [
      `${head}const app = Fastify().withTypeProvider<TypeBox>()\n`,
      '.withTypeProvider<TypeBox>()\napp.register(dockerflow)\n'
    ],
    ["import * as f from 'fastify'\nconst app = f()\n", 'const app = f(dockerflowServerOptions('],
    [
      "import { fastify as f } from 'fastify'\nlet app: FastifyInstance = f()\n",
      'app.register(dockerflow)\n'
    ],
    [
      "const app = require('fastify')()\n",
      "const app = require('fastify')(dockerflowServerOptions({ logger: 'shop' }))\napp.register(dockerflow)\n"
    ],
    [
      "const { fastify } = require('fastify')\nconst app = fastify()\n",
      "const { default: dockerflow, dockerflowServerOptions } = require('@dockerflow/all')\n"
    ]
  ] as const) {
    const isModule = code.startsWith('import')
    const { changes, pastes } = planCode({
      service: { ...service({}), sources: [{ path: 'app.js', text: code, style: styleOf(code, isModule) }] },
      name: 'shop',
      warn: new Set()
    })
    t.strictSame(pastes, [])
    t.match(changes.get('app.js'), expected, code)
  }
})

test('an app that is not certain gets lines to paste', async (t) => {
  for (const code of [
    `${head}export default () => Fastify()\n`,
    `${head}const a = Fastify()\nconst b = Fastify()\n`,
    'export const app = make()\n',
    `${head}// const app = Fastify()\n`
  ]) {
    const { changes, pastes } = plan({ 'app.js': code }, { dependencies: ['@fastify/redis', 'amqplib'] })
    t.equal(changes.size, 0, code)
    t.match(pastes[0]?.lines.join('\n'), "app.heartbeat.addCheck('redis', redisCheck(app.redis))")
  }
})

test('options that are not certain keep their logger', async (t) => {
  for (const options of ['opts', '{ ...opts }', '{ logger: log }', '{ loggerInstance: log }']) {
    const { changes, pastes } = plan({ 'app.js': `${head}const app = Fastify(${options})\n` })
    t.match(changes.get('app.js'), `Fastify(${options})\napp.register(dockerflow, { mozlog: false })\n`)
    t.match(pastes[0]?.where, "the log isn't mozlog yet")
  }
})

test('a client is imported from where it is exported, and named where it is not', async (t) => {
  const app = `${head}import { routes } from './routes.js'\nconst app = Fastify()\n`
  for (const [name, code, call] of [
    ['pg', 'export const pool = new pg.Pool()\n', "addCheck('database', postgresCheck(pool))"],
    ['ioredis', 'const client = new Redis()\nexport { client }\n', "addCheck('redis', redisCheck(client))"],
    ['mysql2', 'export const db = mysql.createPool({})\n', "addCheck('database', mysqlCheck(db))"],
    [
      'mongodb',
      'const mongo = new MongoClient(url)\nexports.mongo = mongo\n',
      "addCheck('mongodb', mongodbCheck(mongo))"
    ]
  ] as const) {
    const { changes } = plan({ 'src/app.js': app, 'lib/client.js': code }, { dependencies: [name] })
    t.match(changes.get('src/dockerflow.js'), call)
    t.match(changes.get('src/dockerflow.js'), "from '../lib/client.js'")
    t.match(
      changes.get('src/app.js'),
      "import { routes } from './routes.js'\nimport dockerflow from './dockerflow.js'\n"
    )
  }
  const { changes, pastes } = plan(
    { 'src/app.js': app, 'db.js': 'const pool = new pg.Pool()\n' },
    { dependencies: ['pg', 'kafkajs'] }
  )
  t.notMatch(changes.get('src/dockerflow.js'), 'addCheck')
  t.match(pastes[0]?.lines.join('\n'), "app.heartbeat.addCheck('database', postgresCheck(client))")
  t.match(pastes[0]?.lines.join('\n'), 'kafkaCheck((overrides) => new Kafka')
})

test('a hook that refuses lets the endpoints through, where it is certain', async (t) => {
  const hook = (code: string) => plan({ 'app.js': `${head}const app = Fastify()\n${code}\n` })
  t.match(
    hook(
      "app.addHook('preHandler', async function (request, reply) {\n  throw unauthorized()\n})"
    ).changes.get('app.js'),
    '{\n  if (request.routeOptions.config.dockerflow) return\n  throw'
  )
  t.notMatch(
    hook("app.addHook('onRequest', async (request) => {\n  request.start = 1\n})").changes.get('app.js'),
    'routeOptions'
  )
  t.notMatch(
    hook("// app.addHook('onRequest', async (request) => {\n//  throw 401 })").changes.get('app.js'),
    'routeOptions'
  )
  for (const code of [
    "app.addHook('onRequest', app.authenticate)",
    "app.addHook('onRequest', (request, reply, done) => { reply.code(401) })"
  ])
    t.match(hook(code).pastes.at(-1)?.where, /so that it lets Dockerflow's endpoints through$/)
  t.strictSame(hook("app.addHook('onRequest', helper)").pastes, [])
})

test('it listens where the environment says, where that is certain', async (t) => {
  const listen = (code: string) => plan({ 'app.js': `${head}const app = Fastify()\napp.listen(${code})\n` })
  t.match(
    listen("{ host: '127.0.0.1', port: 80 }").changes.get('app.js'),
    "listen({ host: process.env.HOST ?? '127.0.0.1', port: Number(process.env.PORT ?? 80) })"
  )
  t.match(
    listen("{ port: process.env.PORT, host: '::' }").changes.get('app.js'),
    "listen({ port: process.env.PORT, host: '::' })"
  )
  t.match(
    listen('{ port: config.port }').changes.get('app.js'),
    "{ port: config.port, host: process.env.HOST ?? 'localhost' }"
  )
  t.match(listen('{ ...options }').pastes[0]?.lines, [/PORT/])
  t.match(listen("{ port: where(), host: '::' }").pastes[0]?.where, /the image sets PORT$/)
})

test('fastify start and NestJS get lines to paste where their code is not certain', async (t) => {
  const cli = (files: Record<string, string>, start = 'fastify start app.js') =>
    plan(files, { kind: 'fastify-cli', manifest: { scripts: { start } } })
  const autoload = "import autoload from '@fastify/autoload'\nexport default async (app, opts) => {}\n"
  t.match(
    cli({ 'app.js': 'export default async () => {}\n' }).pastes[0]?.where,
    /^app\.js: first in the plugin/
  )
  t.match(cli({}).pastes[0]?.where, /^the file that `fastify start` runs/)
  t.match(
    cli({ 'app.js': autoload, 'plugins/a.js': '' }).changes.get('app.js'),
    /\n\nexport const options = dockerflowServerOptions\(/
  )
  t.match(
    cli({ 'app.js': `${autoload}export const options = make()\n`, 'plugins/a.js': '' }).pastes[0]?.where,
    /in place of what it exports as `options`/
  )
  t.match(
    cli(
      { 'src/app.ts': `${autoload}const options: AppOptions = {}\n`, 'src/plugins/a.ts': '' },
      'fastify start dist/app.js'
    ).changes.get('src/app.ts'),
    'const options: AppOptions = dockerflowServerOptions('
  )
  const nest = (code: string, dependencies: string[] = []) =>
    plan({ 'src/main.ts': code }, { kind: 'nest', dependencies })
  t.match(nest('').pastes[0]?.where, /^src\/main\.ts: where the app is made/)
  const main = (listen: string) =>
    `const app = await NestFactory.create<NestFastifyApplication>(M, new FastifyAdapter({ trustProxy: true }))\nawait app.listen(${listen})\n`
  t.match(
    nest(main('3000')).changes.get('src/main.ts'),
    "app.listen(process.env.PORT ?? 3000, process.env.HOST ?? '127.0.0.1')"
  )
  t.match(nest(main("3000, '0.0.0.0'"), ['pg']).changes.get('src/main.ts'), "listen(3000, '0.0.0.0')")
  t.match(
    nest(main('3000'), ['pg']).pastes[0]?.lines.join('\n'),
    'app.getHttpAdapter().getInstance().heartbeat.addCheck('
  )
})
