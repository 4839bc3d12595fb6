import { connect } from 'node:net'
import { SmtpServer, withoutSmtp } from '@dockerflow/testing/smtp'
import nodemailer from 'nodemailer'
import { test } from 'tap'
import { smtpCheck } from '../src/smtp.ts'
import { canary, drive, networked, shared, until, written } from './suite.ts'

const skip = withoutSmtp()
const server = shared(() => SmtpServer.create(canary))
const at = (port: number) => ({ host: '127.0.0.1', port, auth: { user: 'demo', pass: canary } })

networked('a transporter of nodemailer', {
  skip,
  perRun: true,
  server,
  client: (port) => nodemailer.createTransport(at(port)),
  check: (transporter) => smtpCheck(transporter),
  use: (transporter) => transporter.sendMail({ from: 'a@a.example', to: 'b@b.example', text: 'hello' }),
  end: (transporter) => transporter.close()
})

networked('a pooled transporter of nodemailer', {
  skip,
  perRun: true,
  server,
  client: (port) => nodemailer.createTransport({ ...at(port), pool: true }),
  check: (transporter) => smtpCheck(transporter),
  use: (transporter) => transporter.sendMail({ from: 'a@a.example', to: 'b@b.example', text: 'hello' }),
  end: (transporter) => transporter.close()
})

test('a wrong password fails with its code and is not shown', { skip }, async (t) => {
  const smtp = await server()
  const auth = { user: 'demo', pass: `${canary}-no-more` }
  const outcome = await drive(smtpCheck(nodemailer.createTransport({ ...at(smtp.port), auth })), 2000)
  t.match(outcome.err, { code: 'EAUTH' })
  t.notOk(written(outcome).includes(canary))
})

test("a socket that the app's own getSocket made is used, and destroyed", { skip }, async (t) => {
  const smtp = await server()
  for (const pool of [false, true]) {
    const sockets: ReturnType<typeof connect>[] = []
    const transporter = nodemailer.createTransport({
      ...at(smtp.port),
      pool: pool as true,
      getSocket(_options: object, callback: (err: Error | null, found?: object) => void) {
        const connection = connect(smtp.port, '127.0.0.1', () => callback(null, { connection }))
        sockets.push(connection)
      }
    })
    t.equal((await drive(smtpCheck(transporter))).err, undefined)
    t.equal(sockets.length, 1)
    await until(() => sockets[0]?.destroyed === true, 'it is destroyed')
    transporter.close()
  }
})

test("an error of the app's own getSocket is the check's", async (t) => {
  const transporter = nodemailer.createTransport({
    ...at(1),
    getSocket(_options: object, callback: (err: Error | null, found?: object) => void) {
      callback(new Error('the proxy refuses'))
    }
  })
  t.match((await drive(smtpCheck(transporter))).err, { message: 'the proxy refuses' })
})

test('a socket that comes too late is destroyed', { skip }, async (t) => {
  const smtp = await server()
  const late = Promise.withResolvers<ReturnType<typeof connect>>()
  const transporter = nodemailer.createTransport({
    ...at(smtp.port),
    getSocket(_options: object, callback: (err: Error | null, found?: object) => void) {
      setTimeout(() => {
        const connection = connect(smtp.port, '127.0.0.1', () => {
          callback(null, { connection })
          late.resolve(connection)
        })
      }, 300)
    }
  })
  t.ok((await drive(smtpCheck(transporter), 100)).timedOut)
  const socket = await late.promise
  await until(() => socket.destroyed, 'it is destroyed')
})

test('anything but a transporter that sends by SMTP is a coded TypeError', async (t) => {
  const wrong = [undefined, {}, 'smtp://localhost', nodemailer.createTransport({ jsonTransport: true })]
  for (const transporter of wrong) {
    t.throws(() => smtpCheck(transporter as never), {
      code: 'DOCKERFLOW_CHECKS_INVALID_CLIENT',
      message: '@dockerflow/checks: smtpCheck must be given a transporter of nodemailer that sends by SMTP'
    })
  }
})
