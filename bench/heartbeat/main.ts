import { FaultProxy } from '@dockerflow/testing/fault-proxy'
import { PostgresServer, withoutPostgres } from '@dockerflow/testing/postgres'
import type { Bench } from './bench.ts'
import { compareRates } from './rates.ts'
import { soak } from './soak.ts'
import { storm } from './storm.ts'

// npm run bench -- heartbeat [--soak | --soak=MINUTES]
// The storm: 1000 connections ask a service for its heartbeat while its database is healthy, hangs and recovers.

const missing = withoutPostgres()
if (missing) {
  process.stderr.write(`bench heartbeat needs a PostgreSQL server: ${missing}\n`)
  process.exit(2)
}
const flag = process.argv.find((arg) => arg.startsWith('--soak'))
const canary = 'c4n4ry-pa55word'
const database = await PostgresServer.create(canary)
const proxy = await FaultProxy.create(database.port)
const bench: Bench = {
  proxy,
  canary,
  url: database.url.replace(`:${database.port}/`, `:${proxy.port}/`),
  directUrl: database.url,
  print: (text = '') => void process.stdout.write(`${text}\n`)
}

try {
  const met = flag
    ? await soak(bench, Number(flag.split('=')[1] ?? 10))
    : [...(await storm(bench)), ...(await compareRates(bench))]
  bench.print('\n| target | measured | met |\n| --- | --- | --- |')
  for (const { target, measured, isMet } of met) {
    bench.print(`| ${target} | ${measured} | ${isMet ? 'yes' : 'NO'} |`)
  }
  if (met.some(({ isMet }) => !isMet)) process.exitCode = 1
} finally {
  await proxy.close()
  await database.remove()
}
