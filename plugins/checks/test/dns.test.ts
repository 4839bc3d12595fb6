import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { DnsServer, withoutDnsmasq } from '@dockerflow/testing/dns'
import { test } from 'tap'
import { dnsCheck } from '../src/dns.ts'
import { drive, until } from './suite.ts'

// DNS goes by UDP, so the faults come from the server itself and not from the TCP proxy of the shared suite.
const skip = withoutDnsmasq()
const at = (port: number) => ({ servers: [`127.0.0.1:${port}`] })
const sockets = () => process.getActiveResourcesInfo().filter((name) => /UDP/.test(name)).length

test('DNS', { skip }, async (t) => {
  const server = await DnsServer.create()
  t.teardown(() => server.remove())
  const check = dnsCheck('db.example', at(server.port))
  const before = sockets()
  t.afterEach(() => until(() => sockets() === before, 'no socket is left'))

  await t.test('a name that resolves is well', async (t) => {
    t.equal((await drive(check)).err, undefined)
  })

  await t.test('a name that does not exist fails, and one without such a record', async (t) => {
    t.match((await drive(dnsCheck('none.example', at(server.port)))).err, { code: 'ENOTFOUND' })
    const options = { ...at(server.port), type: 'AAAA' } as const
    t.match((await drive(dnsCheck('db.example', options))).err, { code: 'ENODATA' })
  })

  await t.test('a server that hangs runs out of time, and is well again thereafter', async (t) => {
    await server.pause()
    t.teardown(() => server.resume())
    const outcome = await drive(check, 250)
    t.ok(outcome.timedOut)
    t.notOk(outcome.killed, 'the look-up was called off')
    server.resume()
    t.equal((await drive(check)).err, undefined)
  })

  await t.test("the resolver's own limit is the check's timeout", async (t) => {
    await server.pause()
    t.teardown(() => server.resume())
    const outcome = await drive(dnsCheck('db.example', { ...at(server.port), timeout: 100 }), 5000)
    t.match(outcome.err, { code: 'ETIMEOUT' })
    t.notOk(outcome.timedOut)
  })

  await t.test('killed and recovered', async (t) => {
    await server.stop()
    t.ok((await drive(check, 250)).err)
    await server.start()
    t.equal((await drive(check)).err, undefined)
  })

  await t.test('garbage fails', async (t) => {
    const socket = createSocket('udp4', (_message, { port, address }) =>
      socket.send('garbage', port, address)
    )
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    t.ok((await drive(dnsCheck('db.example', at(socket.address().port)), 250)).err)
    socket.close()
    await once(socket, 'close')
  })

  await t.test('closed in the midst of a run', async (t) => {
    await server.pause()
    t.teardown(() => server.resume())
    const running = drive(check, 5000)
    await sleep(50)
    check.close?.()
    t.match((await running).err, { message: 'the check was ended' })
  })
})

test("without servers the system's are asked", async (t) => {
  t.ok((await drive(dnsCheck('name.invalid'), 1000)).err)
})

test('a wrong name or option is a coded TypeError', async (t) => {
  t.throws(() => dnsCheck(''), {
    code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
    message: '@dockerflow/checks: dnsCheck must be given a host name'
  })
  const cases: [options: object, message: string][] = [
    [
      { servers: '127.0.0.1' },
      'option "servers" of dnsCheck must be an array of IP addresses, with or without a port'
    ],
    [
      { servers: [] },
      'option "servers" of dnsCheck must be an array of IP addresses, with or without a port'
    ],
    [
      { servers: ['the router'] },
      'option "servers" of dnsCheck must be an array of IP addresses, with or without a port'
    ],
    [
      { type: 'ANY' },
      'option "type" of dnsCheck must be "A" or "AAAA" or "CNAME" or "MX" or "NS" or "SRV" or "TXT"'
    ]
  ]
  for (const [options, message] of cases) {
    t.throws(() => dnsCheck('db.example', options), {
      code: 'DOCKERFLOW_CHECKS_INVALID_OPTION',
      message: `@dockerflow/checks: ${message}`
    })
  }
})
