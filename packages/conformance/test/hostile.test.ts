import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { makeCertificate, withoutOpenssl } from '@dockerflow/testing/certificates'
import { type Test, test } from 'tap'
import { check } from '../src/check.ts'
import { archive, goodFiles, layout, saved, tar } from './fixtures/image.ts'
import { serve } from './judge.ts'

/** The same bytes many times, packed: gzip takes what is packed in parts. */
const repeated = (bytes: Buffer, times: number) => {
  const member = gzipSync(bytes)
  return Buffer.concat(Array.from({ length: times }, () => member))
}

const run = promisify(execFile)
const alone = fileURLToPath(new URL('fixtures/check.ts', import.meta.url))

async function refuses(t: Test, bytes: Buffer, message: RegExp) {
  const path = join(t.testdir({}), 'image.tar')
  writeFileSync(path, bytes)
  // In a process of its own: here, tap follows every promise, which makes a million entries ten times as slow.
  const { stdout } = await run(process.execPath, [alone, path])
  const { exitCode, unreadable } = JSON.parse(stdout)
  t.equal(exitCode, 2)
  t.match(unreadable, [message])
  t.notMatch(unreadable[0], /\n/, 'one line')
}

test('a layer that unpacks to gigabytes of nothing is refused', async (t) => {
  const [start] = [tar([{ name: 'app/a', size: 2 ** 32 }]).subarray(0, 512)]
  const zeros = repeated(Buffer.alloc(16 * 1024 * 1024), 150)
  await refuses(
    t,
    saved({ layers: [Buffer.concat([gzipSync(start), zeros])] }),
    /unpacks to more than 2 GB: it is refused/
  )
})

test('a layer of ten million entries is refused', async (t) => {
  const entries = tar(Array.from({ length: 10_000 }, (_, at) => ({ name: `app/${at}` })))
  await refuses(
    t,
    saved({ layers: [repeated(entries.subarray(0, -1024), 1000)] }),
    /more than 1000000 entries in its layers: it is refused/
  )
})

test('an archive of more files than an image has is refused', async (t) => {
  const files = tar(Array.from({ length: 100_001 }, (_, at) => ({ name: String(at) })))
  await refuses(t, files, /more than 100000 files: it is refused/)
})

for (const name of ['../etc/passwd', 'app/../../etc/passwd', '..']) {
  test(`an entry ${name} is refused`, async (t) => {
    await refuses(t, saved({ layers: [[{ name, body: 'x' }]] }), /leads out of the image/)
  })
}

test('an index that holds itself, or too much, is refused', async (t) => {
  const index = (manifests: object[]) => Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }))
  const digest = `sha256:${'a'.repeat(64)}`
  const inner = { mediaType: 'application/vnd.oci.image.index.v1+json', digest, size: 1 }
  const files = new Map([
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', index([inner])],
    [`blobs/sha256/${'a'.repeat(64)}`, index([inner])]
  ])
  await refuses(t, archive(files), /^(?=.*image\.tar).*$/)
  const many = layout([{}])
  many.set('index.json', index(Array.from({ length: 300 }, () => inner)))
  await refuses(t, archive(many), /more than 200|lacks|digest/)
})

test('links of an image are followed inside of it alone', async (t) => {
  const path = join(t.testdir({}), 'image.tar')
  for (const link of ['/etc/hostname', '../../../../etc/hostname', '/proc/self/environ', 'version.json']) {
    const layer = [...goodFiles.slice(0, -1), { name: 'app/version.json', type: '2', link }]
    writeFileSync(path, saved({ layers: [layer] }))
    const { report } = await check({ targets: [path] })
    t.match(
      report.results.find(({ id }) => id === 'APP-3'),
      { verdict: 'fail', message: /a link that leads to nothing in the image/ },
      link
    )
  }
})

test('a Dockerfile of 5 MB is refused, and one of many instructions is read', async (t) => {
  const dir = t.testdir({
    large: `FROM node:24\n${'RUN echo a\n'.repeat(500_000)}`,
    long: `FROM node:24\nRUN ${'echo a && \\\n'.repeat(60_000)} true\n`,
    nested: `FROM node:24\nRUN ${'sh -c "'.repeat(10_000)}\n`,
    variables: `FROM node:24\n${'ENV A=$A$A\n'.repeat(60)}RUN echo $A\n`
  })
  const of = (name: string) => check({ targets: [join(dir, name)] })
  t.match(await of('large'), { exitCode: 2, unreadable: [/larger than 1 MB/] })
  t.match(await of('long'), { exitCode: 1 })
  t.match(await of('nested'), { exitCode: 1 })
  t.match(await of('variables'), { exitCode: 1 })
})

/** A service, each of whose answers is the same. */
const always = (t: Test, answer: RequestListener) =>
  new Promise<string>((resolve) => {
    const server = createServer(answer).listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    )
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
  })

const results = async (url: string, timeout = 20_000) => {
  const { report, exitCode } = await check({ targets: [url], timeout })
  return { exitCode, of: (id: string) => report.results.find((result) => result.id === id) }
}

test('a service that drips a byte a second is cut off in time', async (t) => {
  const url = await always(t, (_req, res) => {
    const timer = setInterval(() => res.write('a'), 100)
    res.on('close', () => clearInterval(timer))
  })
  const { exitCode, of } = await results(url, 1000)
  t.equal(exitCode, 1)
  t.match(of('APP-6'), { verdict: 'fail', message: /did not end within 1 s/ })
  t.match(of('APP-5c'), { verdict: 'fail' })
})

test('of an endless body the first megabyte is read', async (t) => {
  const url = await always(t, (_req, res) => {
    const more = () => {
      while (res.write(Buffer.alloc(65_536, 'a')));
      res.once('drain', more)
    }
    more()
  })
  const { exitCode, of } = await results(url)
  t.equal(exitCode, 1)
  t.match(of('APP-4'), { verdict: 'fail', message: /longer than 1 MB/ })
})

test('a redirect is not followed', async (t) => {
  let asked = 0
  const other = await always(t, (_req, res) => {
    asked++
    res.end('{}')
  })
  const url = await always(t, (_req, res) => res.writeHead(302, { location: other }).end())
  const { exitCode, of } = await results(url)
  t.equal(exitCode, 1)
  t.match(of('APP-5'), { verdict: 'fail', message: /302, to http/ })
  t.equal(asked, 0)
})

test('a heartbeat of a million nested objects is bounded', async (t) => {
  const deep = '{"a":'.repeat(200_000)
  const url = await serve(t, {
    '/__lbheartbeat__': [200, `${deep}1${'}'.repeat(200_000)}`],
    '/__heartbeat__': [200, `${deep}1${'}'.repeat(200_000)}`],
    '/__version__': [200, deep]
  })
  const { exitCode } = await results(url)
  t.equal(exitCode, 1)
})

test('a certificate that fails is said, and nothing is asked', { skip: withoutOpenssl() }, async (t) => {
  const { key, cert } = await makeCertificate(1)
  let asked = 0
  const server = createTlsServer({ key, cert }, (_req, res) => {
    asked++
    res.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { unreadable, exitCode } = await check({
    targets: [`https://127.0.0.1:${(server.address() as AddressInfo).port}`]
  })
  t.equal(exitCode, 2)
  t.match(unreadable, [/^https:\/\/127\.0\.0\.1:\d+ has a TLS certificate that fails: \w+$/])
  t.equal(asked, 0)
})
