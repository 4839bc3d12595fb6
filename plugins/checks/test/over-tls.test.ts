import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { withoutOpenssl } from '@dockerflow/testing/certificates'
import { withoutMariadb } from '@dockerflow/testing/mariadb'
import { withoutMosquitto } from '@dockerflow/testing/mosquitto'
import { withoutPgNative } from '@dockerflow/testing/pg-native'
import { withoutPostgres } from '@dockerflow/testing/postgres'
import { withoutRabbitmq } from '@dockerflow/testing/rabbitmq'
import { withoutRedis } from '@dockerflow/testing/redis'
import { withoutSmtp } from '@dockerflow/testing/smtp'
import tap, { test } from 'tap'

const program = fileURLToPath(new URL('fixtures/over-tls.ts', import.meta.url))

const subjects: Record<string, string | false> = {
  'a Pool of pg': withoutPostgres(),
  'a Client of pg': withoutPostgres(),
  'a Pool of pg.native': withoutPostgres() || withoutPgNative(),
  'the sql of postgres': withoutPostgres(),
  'a pool of mysql2': withoutMariadb(),
  'a pool of mariadb': withoutMariadb(),
  'a client of ioredis': withoutRedis(),
  'a client of redis': withoutRedis(),
  'a client of mongodb': false,
  'a transporter of nodemailer': withoutSmtp(),
  'a client of mqtt': withoutMosquitto(),
  'a connection of amqplib': withoutRabbitmq()
}

// Each mostly waits, in a process of its own.
tap.jobs = 4

for (const [name, skip] of Object.entries(subjects)) {
  test(`${name}, over TLS: the process lives through all of it, and ends by itself`, {
    skip: withoutOpenssl() || skip,
    buffered: true
  }, async (t) => {
    const child = spawn(process.execPath, [program, name], {
      env: { ...process.env, _TAPJS_PROCESSINFO_COVERAGE_: '0' },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    t.teardown(() => child.kill('SIGKILL'))
    let [out, complaints] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      complaints += text
    })
    const [code] = await once(child, 'close')
    t.equal(code, 0, complaints)
    t.strictSame(out.trim().split('\n'), [
      'healthy',
      'hung',
      'cut',
      'wrong credentials',
      'refused question',
      'closed',
      'closed in flight',
      'alive'
    ])
  })
}
