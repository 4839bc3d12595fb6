import { inspect } from 'node:util'
import { runs } from '@dockerflow/testing/property'
import fc from 'fast-check'
import { test } from 'tap'
import { redact } from '../src/redact.ts'

const canary = 'c4n4ry'
const json = (value: unknown) => JSON.stringify(value)

test('no secret gets through, whatever it is made of and whatever it stands in', async () => {
  const unit = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 })
  // A needle that no escaping changes shows what is left of the secret.
  const around = (alphabet: string) =>
    fc.tuple(unit(alphabet), unit(alphabet)).map(([a, b]) => `${a}${canary}${b}`)
  const words = 'abXY09-_.~!$*+()[]{}\'`:;,/?#&= @%<>|"\\'
  const holds = (text: string) => redact(text).includes(canary)
  const check = (secrets: fc.Arbitrary<string>, ...texts: ((secret: string) => string)[]) => {
    for (const text of texts) {
      fc.assert(
        fc.property(secrets, (secret) => {
          if (holds(text(secret))) throw new Error(`${text(secret)} → ${redact(text(secret))}`)
        }),
        runs(300, 300_000)
      )
    }
  }
  const uri = (secret: string) => `/?a=b&access_token=${encodeURIComponent(secret)}&c=d`
  // What was found so once.
  check(
    fc.constantFrom(
      `'''${canary}`,
      `'')}${canary}`,
      `''))'.${canary}`,
      `***!${canary}`,
      `null'!${canary}`,
      `is.${canary}`
    ),
    uri
  )
  check(
    around(words),
    (secret) => json({ password: secret, a: 'b' }),
    (secret) => json({ a: json({ token: secret, b: 'c' }) }),
    (secret) => json(json({ a: json({ apiKey: secret }) })),
    (secret) => `failed with ${inspect({ password: secret, a: 1 })}`,
    (secret) => `password='${secret.replaceAll(/[\\']/g, "''")}' user=app`,
    (secret) => `postgres://app:${encodeURIComponent(secret)}@db/app`,
    (secret) => encodeURIComponent(`postgres://app:${encodeURIComponent(secret)}@db/app`),
    uri,
    (secret) => uri(`null${secret}`),
    (secret) => json({ headers: { Cookie: `a=${secret}; b=c` } }),
    (secret) => `GET / HTTP/1.1\r\nCookie: a=b; sid=${secret}\r\nHost: x`
  )
  check(
    around("abXY09-_.~!$*+':;,/?#&=@%|"),
    (secret) => `postgres://app:${secret}@db:5432/app`,
    (secret) => `cannot reach redis://:${secret}@cache/0 now`,
    (secret) => `GET //user:x${secret}@host/ HTTP/1.1`
  )
  check(
    around("abXY09-_.~!$*+()[]{}':,/?#&@%|"),
    (secret) => `host=db password=xy${secret} user=app`,
    (secret) => `level=info token=xy${secret} msg=y`
  )
  check(
    around('abXY09-_. @/'),
    (secret) => `amqp://app:x ${secret} y@mq.example/vhost`,
    (secret) => json({ url: `amqp://app:x ${secret} y@mq.example/vhost` })
  )
  check(
    around('abXY09-_.~+/='),
    (secret) => `Authorization: Bearer ${secret}`,
    (secret) => `it said: bearer x${secret}, and went`,
    (secret) => `--token x${secret} --verbose`
  )
})
