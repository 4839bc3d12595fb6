import { inspect } from 'node:util'
import { test } from 'tap'
import { redact, redactError } from '../src/redact.ts'

const canary = 'c4n4ry'
const json = (value: unknown) => JSON.stringify(value)

test('credentials are cut out of a text, and the rest stays', async (t) => {
  const cases: [text: string, safe: string][] = [
    // URLs
    [`no postgres://app:${canary}@db:5432/app`, 'no postgres://***@db:5432/app'],
    [`redis://:${canary}@cache`, 'redis://***@cache'],
    [`amqp://app:p@ss/${canary}@mq and more`, 'amqp://***@mq and more'],
    [`"postgres://u:it's-${canary}@db"`, '"postgres://***@db"'],
    [`'postgres://u:it's-${canary}@db'`, "'postgres://***@db'"],
    // A quotation that doesn't end.
    [`"postgres://app:${canary}@db`, '"postgres://***@db'],
    [`a mongodb://u:${canary}@h1,h2 b`, 'a mongodb://***@h1,h2 b'],
    [`postgres://app:hunt@${canary}@db/app`, 'postgres://***@db/app'],
    [`https://${canary}@github.com/a/b.git`, 'https://***@github.com/a/b.git'],
    [`http:///u:${canary}@h/`, 'http:///***@h/'],
    [`redis://app:12/3${canary}@h/0`, 'redis://***@h/0'],
    [`postgres://app:12#3${canary}@h`, 'postgres://***@h'],
    [`postgres:\\/\\/app:${canary}@db\\/x`, 'postgres:\\/\\/***@db\\/x'],
    [`postgres%3A%2F%2Fapp%3A${canary}%40db/x`, 'postgres%3A%2F%2F***%40db/x'],
    [`postgres%253A%252F%252Fapp%253A${canary}%2540db`, 'postgres%3A%2F%2F***%40db'],
    [
      `https://h/?url=postgres%3A%2F%2Fa%3A${canary}%40h%2Fx&y=a%40b`,
      'https://h/?url=postgres%3A%2F%2F***%40h%2Fx&y=a%40b'
    ],
    [`http%3A%2F%2Fapp%3A${canary}`, 'http%3A%2F%2F***'],
    [`postgres://app%3A${canary}%40db`, 'postgres://***%40db'],
    [`postgres://app:my pass ${canary}@db/x failed`, 'postgres://***@db/x failed'],
    [`postgres://app:p@ss ${canary}@db/x failed`, 'postgres://***@db/x failed'],
    [`"postgres://app:x y ${canary}@h/x","b":"c@d"`, '"postgres://***@h/x","b":"c@d"'],
    ['connect redis://:pw@cache failed, ask a@b', 'connect redis://***@cache failed, ask a@b'],
    [`Route GET://user:${canary}@host/ not found`, 'Route GET://***@host/ not found'],
    [`GET //user:${canary}@host/ HTTP/1.1`, 'GET //***@host/ HTTP/1.1'],
    [`//user:pass ${canary}@host/`, '//***@host/'],
    [`postgres://app:${canary}`, 'postgres://***'],
    [
      json({ text: json({ url: `amqp://u:${canary}@h/v`, to: 'a@b' }) }),
      json({ text: json({ url: 'amqp://***@h/v', to: 'a@b' }) })
    ],
    // By name
    [`host=db password=hun,${canary} user=app`, 'host=db password=*** user=app'],
    [`host=db password=p)${canary} user=app`, 'host=db password=*** user=app'],
    [`cmd --password=it's${canary} --user=x`, 'cmd --password=*** --user=x'],
    ['Password=a b;User Id=app', 'Password=*** b;User Id=app'],
    [`PASSWORD=p<${canary} x`, 'PASSWORD=*** x'],
    [`DB_PASSWORD='it'\\''s${canary}' x`, 'DB_PASSWORD=*** x'],
    [`DB_PASSWORD='it'"'"'s${canary}' x`, 'DB_PASSWORD=*** x'],
    [`token='a'.=${canary}&b=c`, 'token=***&b=c'],
    [`<password><![CDATA[${canary}]]></password>`, '<password><![CDATA[***</password>'],
    [`<input name="password" value="${canary}">`, '<input name="password" value=***>'],
    [`- name: DB_PASSWORD\n  value: ${canary}\n- name: b`, '- name: DB_PASSWORD\n  value: ***\n- name: b'],
    [`password: |\n  ${canary}\n  ${canary}\nuser: app`, 'password: ***user: app'],
    [
      inspect({ password: `${'a'.repeat(80)}\n${canary}\nb`, user: 'app' }),
      "{\n  password: ***,\n  user: 'app'\n}"
    ],
    [inspect({ password: Buffer.from(canary), user: 'app' }), "{ password: ***, user: 'app' }"],
    [`host=db password=${canary} user=app`, 'host=db password=*** user=app'],
    [`/?user=app&password=${canary}&ssl=1`, '/?user=app&password=***&ssl=1'],
    [
      `url=https://x.example/?access_token=${canary}&page=1`,
      'url=https://x.example/?access_token=***&page=1'
    ],
    [`{"password":"${canary}","user":"app"}`, '{"password":***,"user":"app"}'],
    [`{"password":"a\\"${canary}"}`, '{"password":***}'],
    ['{"password":"hunt\\"er2 and more","db":"app"}', '{"password":***,"db":"app"}'],
    ["pwd='hunt\\'er2', db", 'pwd=***, db'],
    [`password='it''s ${canary}' user=app`, 'password=*** user=app'],
    [`Password="a""${canary}";x`, 'Password=***;x'],
    [`{ passwd: '${canary}' }`, '{ passwd: *** }'],
    [`{ pass: \`${canary} x\` }`, '{ pass: *** }'],
    [`'password' => '${canary}'`, "'password' => ***"],
    [`:token=>"${canary}"`, ':token=>***'],
    [`api_key=${canary}`, 'api_key=***'],
    [`X-Api-Key: ${canary}`, 'X-Api-Key: ***'],
    [`secretAccessKey: ${canary}`, 'secretAccessKey: ***'],
    [`AWS_SECRET_ACCESS_KEY=${canary}`, 'AWS_SECRET_ACCESS_KEY=***'],
    [`private_key=${canary}`, 'private_key=***'],
    [`AccountKey=${canary}==;EndpointSuffix=x`, 'AccountKey=***;EndpointSuffix=x'],
    [`?X-Amz-Signature=${canary}&x=1`, '?X-Amz-Signature=***&x=1'],
    [`params[password]=${canary}`, 'params[password]=***'],
    [`password=hun,ter${canary} user`, 'password=*** user'],
    [`password=a;${canary};User=sa`, 'password=***;User=sa'],
    [`(password=${canary})`, '(password=***)'],
    [`"token": b'${canary} x'`, '"token": ***'],
    [`password: “${canary} x”`, 'password: ***”'],
    [`{"password":["${canary}","b"],"x":1}`, '{"password":***,"x":1}'],
    [`{"password":{"v":"${canary}"}}`, '{"password":***}'],
    [`{"name":"DB_PASSWORD","value":"${canary}"}`, '{"name":"DB_PASSWORD","value":***}'],
    [`<secret>${canary}</secret>`, '<secret>***</secret>'],
    [`password = "${canary} and\n    at f (file:///a.js:1:2)`, 'password = ***\n    at f (file:///a.js:1:2)'],
    [`%22password%22%3A%22${canary}%22%7D`, '%22password%22%3A***'],
    [`\\u0022password\\u0022:\\u0022${canary} x\\u0022}`, '\\u0022password\\u0022:***\\u0022}'],
    [`password&quot;:&quot;${canary} x&quot;}`, 'password&quot;:***&quot;}'],
    [
      json({ body: json({ password: `${canary} x`, db: 'app' }) }),
      '{"body":"{\\"password\\":***,\\"db\\":\\"app\\"}"}'
    ],
    [
      json(json(json({ token: `a"b ${canary}`, db: 1 }))),
      json(json(json({ token: 0, db: 1 }))).replace(':0', ':***')
    ],
    [`run --password ${canary} --user app`, 'run --password *** --user app'],
    [`curl -u app:${canary} http://x`, 'curl -u app:*** http://x'],
    [`spawn ['--token', '${canary}', 'x']`, "spawn ['--token', ***, 'x']"],
    [`ALTER USER app PASSWORD 'it''s ${canary}'`, 'ALTER USER app PASSWORD ***'],
    // Headers
    [`Authorization: Bearer ${canary}`, 'Authorization: Bearer ***'],
    [`authorization: Basic ${canary}=`, 'authorization: Basic ***'],
    [`Authorization: Custom ${canary}`, 'Authorization: ***'],
    [`Authorization: Digest username="x", response="${canary}"\nHost: h`, 'Authorization: ***\nHost: h'],
    [`"authorization":"Bearer ${canary}","a":1`, '"authorization":***,"a":1'],
    [`['Authorization', 'Bearer ${canary}', 'a', 'b']`, "['Authorization', ***, 'a', 'b']"],
    [`Cookie: sid=${canary}; b=c\nHost: h`, 'Cookie: ***\nHost: h'],
    [`Cookie: a=b; sid=${canary}\\r\\nHost: h`, 'Cookie: ***\\r\\nHost: h'],
    [`-H 'Cookie: sid=${canary}; b=c' http://h`, "-H 'Cookie: ***' http://h"],
    [`"Cookie: a=\\"b\\"; c=${canary}", 7`, '"Cookie: ***", 7'],
    [`{ cookie: 'a=b; sid=${canary}', host: 'x' }`, "{ cookie: ***, host: 'x' }"],
    [`{"set-cookie":["sid=${canary}; Path=/","b=${canary}"]}`, '{"set-cookie":***}'],
    [`got Bearer ${canary} back`, 'got Bearer *** back'],
    [`got Basic ${Buffer.from(`u:${canary}`).toString('base64')} back`, 'got Basic *** back'],
    // By how they begin
    [`-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY----- and more`, '*** and more'],
    [
      `{"private_key":"-----BEGIN PRIVATE KEY-----\\n${canary}\\n-----END PRIVATE KEY-----\\n","a":1}`,
      '{"private_key":***,"a":1}'
    ],
    [`key -----BEGIN EC PRIVATE KEY-----\n${canary}\n`, 'key ***'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N, and', 'jwt ***, and']
  ]
  for (const [text, safe] of cases) t.equal(redact(text), safe)
})

test('tokens of well-known services are cut out', async (t) => {
  const tokens = [
    'AKIAIOSFODNN7EXAMPLE',
    `AIza${'Sy0-_'.repeat(7)}`,
    `GOCSPX-${'a1B2'.repeat(7)}`,
    `ya29.${'a0Af_'.repeat(6)}`,
    `ghp_${'a1B2'.repeat(9)}`,
    `github_pat_${'a1B2'.repeat(9)}`,
    `glpat-${'a1B2-'.repeat(4)}`,
    `xoxb-${'1234-'.repeat(5)}abc`,
    `xapp-1-${'A1B2'.repeat(5)}`,
    'hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX',
    `sk_${'live'}_${'a1B2'.repeat(6)}`,
    `rk_${'test'}_${'a1B2'.repeat(6)}`,
    `whsec_${'a1B2'.repeat(8)}`,
    `sk-proj-${'a1B2'.repeat(8)}`,
    `npm_${'a1B2'.repeat(9)}`,
    `pypi-${'a1B2'.repeat(9)}`,
    `dckr_pat_${'a1B2'.repeat(6)}`,
    `hvs.${'a1B2'.repeat(8)}`,
    `dop_v1_${'a1b2'.repeat(16)}`,
    `SG.${'a1B2'.repeat(5)}.${'a1B2'.repeat(10)}`,
    `shpat_${'a1b2'.repeat(8)}`,
    `sq0csp-${'a1B2'.repeat(6)}`,
    `SK${'a1b2'.repeat(8)}`,
    `key-${'a1b2'.repeat(8)}`,
    `sntrys_${'a1B2'.repeat(8)}`
  ]
  for (const token of tokens) {
    for (const around of ['no %', '"%"', "x='%',", '|%|', '(%)']) {
      t.equal(redact(around.replace('%', token)), around.replace('%', '***'))
    }
  }
})

test('text without a credential stays', async (t) => {
  for (const text of [
    'file:///srv/node_modules/@dockerflow/checks/dist/x.js:10:5',
    '    at f (file:///srv/node_modules/.pnpm/@fastify+error@4.0.0/node_modules/@fastify/error/index.js:1:2)',
    'file%3A%2F%2F%2Fsrv%2Fnode_modules%2F%40scope%2Fx.js',
    'https://packages.example.org/@fastify/error',
    'https://packages.example.org/%40fastify%2Ferror',
    'https://unpkg.com/react@18.2.0/x',
    'http://localhost:3000/@vite/client',
    'http://localhost:3000/users/joe@mail.example',
    'http://localhost:5173:10:5',
    'see http://localhost:3000). Then (http://h:80/), "https://h:443"',
    'http://[::1]:3000/x, https://example.com: not found',
    'mongodb://h1:27017,h2:27017/db?replicaSet=rs0',
    'redis://cache:6379 failed, mail ops@mail.example',
    '{"url":"http://db","mail":"a@b.example"}',
    'tcp://db:5432: refused, connect ECONNREFUSED 127.0.0.1:5432',
    'webpack://app/./src/x.js:10:5',
    '//TODO:fix this, a // b: c, http://:0',
    'git@github.com:org/repo.git, npm:@scope/pkg@1.0',
    'docker.io/img:tag@sha256:abc',
    'nothing here: a@b.example',
    'password authentication failed for user "app"',
    'client password must be a string',
    'password: must not be empty',
    'password: null, token: undefined, secret=false',
    '{"password":null,"a":[{"token":null},{"b":"c"}]} \'{"a":{"secret":null}}\'',
    '<password>null</password>',
    '{"body":"{\\"password\\":null,\\"user\\":\\"app\\",\\"code\\":500}"}',
    '{"body":"{\\"a\\":{\\"token\\":null},\\"status\\":500}"}',
    "{password:null,user:'app',host:'db'}, token:false,admin:true, password:required,username:required",
    '<p>token: invalid.</p>',
    'line 3: unexpected token: <EOF>',
    `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
    'relation "tokens" does not exist, max_tokens=4096, token expired',
    'compass=north, bypass: yes, 3 passed: 5, primary key: id',
    'Bearer token is missing, Bearer authentication required',
    'WWW-Authenticate: Bearer realm="x"',
    'Basic authentication failed, Basic YWJjZGVm',
    'Enter password:\n    at f (file:///a/b.js:1:2)',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
  ]) {
    t.equal(redact(text), text)
  }
})

test('a long text is cut between words, and never within a credential', async (t) => {
  t.equal(redact(`what failed: ${'x'.repeat(30_000)}`), 'what failed:…')
  t.equal(redact('x'.repeat(30_000)), '…')
  t.equal(redact('one two three', 5), 'one t…')
  for (const secret of [
    `postgres://app:${canary}@db/app`,
    `postgres://app:with ${canary} spaces@db/app`,
    `eyJhbGciOiJIUzI1NiJ9.${canary}.${canary}`,
    `password="some ${canary} more"`,
    `Authorization: Bearer ${canary}`,
    `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----`
  ]) {
    for (let length = 8192 - secret.length - 5; length < 8200; length++) {
      t.notMatch(redact(`${'x'.repeat(length)} ${secret}`), /c4n4/)
    }
  }
})

test('a copy of an error has its name, message, stack, code, causes and errors, and no credentials', async (t) => {
  const url = `redis://app:${canary}@cache`
  const cause = new TypeError(`cause ${url}`, { cause: `deeper ${url}` })
  const error = new AggregateError([new Error(`one ${url}`), `two ${url}`], `many ${url}`, { cause })
  const copy = redactError(
    Object.assign(error, { code: 'E_X', command: { args: [canary] }, config: { password: canary } })
  ) as AggregateError & { code: string }
  t.notMatch(inspect(copy, { depth: 10, showHidden: true }), canary)
  t.equal(copy.name, 'AggregateError')
  t.equal(copy.message, 'many redis://***@cache')
  t.equal(copy.code, 'E_X')
  t.match(copy.stack, 'redact.test.ts')
  t.match(copy.cause, { name: 'TypeError', message: 'cause redis://***@cache' })
  t.match((copy.cause as Error).cause, { message: 'thrown: deeper redis://***@cache' })
  t.strictSame(
    copy.errors.map(({ message }) => message),
    ['one redis://***@cache', 'thrown: two redis://***@cache']
  )
})

test('a long message leaves the lines of the stack, whatever the error is called', async (t) => {
  for (const error of [
    new RangeError(`${'long '.repeat(3000)}postgres://app:${canary}@db`),
    Object.assign(new Error('x'.repeat(9000)), { name: 'odd name' }),
    new Error('')
  ]) {
    const { stack } = redactError(error)
    t.match(stack, /\n {4}at .*redact\.test\.ts/)
    t.notMatch(stack, canary)
  }
  const coded = new Error('x'.repeat(9000))
  coded.stack = `Error [ERR_X]: ${coded.message}\n    at f (file:///srv/node_modules/@scope/x.js:1:2)`
  t.match(
    redactError(coded).stack,
    /^Error \[ERR_X\]: …\n {4}at f \(file:\/\/\/srv\/node_modules\/@scope\/x\.js:1:2\)$/
  )
  const split = Object.assign(new Error('n'), { stack: `token=${canary}` })
  t.notMatch(redactError(split).stack, canary)
})

test('anything can be thrown', async (t) => {
  t.equal(redactError(undefined).message, 'thrown: undefined')
  t.equal(redactError(7n).message, 'thrown: 7n')
  const event = Object.assign(new Event('error'), { message: `lost redis://u:${canary}@cache` })
  t.match(redactError(event).message, /^thrown: lost redis:\/\/\*\*\*@cache /, 'an error event is no Error')
  t.equal(redactError(Object.create(null)).message, 'thrown: [Object: null prototype] {}')
  t.equal(redactError({ password: canary }).message, 'thrown: { password: *** }')
  const hostile = new Error('x')
  Object.defineProperty(hostile, 'message', {
    get() {
      throw new Error('no')
    }
  })
  t.equal(redactError(hostile).message, 'an error that can not be read')
  t.match(redactError(Object.assign(new Error('x'), { stack: undefined })), {
    message: 'x',
    stack: 'Error: x'
  })
})

test('of errors that lead back to themselves 20 are copied', async (t) => {
  const cause = new Error('round and round')
  cause.cause = cause
  const all = new AggregateError(
    Array.from({ length: 30 }, () => cause),
    'all failed'
  )
  all.errors.unshift(all)
  all.cause = all
  const count = ({ cause, errors = [] }: Partial<AggregateError>): number =>
    [cause, ...errors].reduce((sum, err) => sum + (err ? count(err) : 0), 1)
  t.equal(count(redactError(all)), 20)
})
