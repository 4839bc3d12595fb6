import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MikroORM } from '@mikro-orm/postgresql'
import { PrismaPg } from '@prisma/adapter-pg'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import knexOf from 'knex'
import { Kysely, sql as kyselySql, PostgresDialect } from 'kysely'
import pg from 'pg'
import { Sequelize } from 'sequelize'
import { DataSource } from 'typeorm'
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js'
import { postgresCheck } from '../../../plugins/checks/dist/postgres.js'
import { FaultProxy } from '../../support/src/fault-proxy.ts'
import { PostgresServer, withoutPostgres } from '../../support/src/postgres.ts'
import { PrismaClient } from '../generated/client.ts'

type Check = ReturnType<typeof postgresCheck>

const skip = withoutPostgres()
const password = 'p@ss:w/rd of the app'
let server: PostgresServer
let proxy: FaultProxy
before(async () => {
  if (skip) return
  server = await PostgresServer.create(password)
  proxy = await FaultProxy.create(server.port)
})
after(async () => {
  if (skip) return
  await proxy.close()
  await server.remove()
})

/** Whether the check is well: driven as the heartbeat does it. */
async function isWell(check: Check): Promise<boolean> {
  const signal = AbortSignal.timeout(2000)
  try {
    await check.connect?.({ signal })
    return [(await check.run({ signal })) ?? []].flat().every(({ level }) => level < 40)
  } catch {
    return false
  }
}

/** A healthy database, one whose connections were cut, and one that is gone; then the app's own question. */
function takes(
  name: string,
  make: () => Promise<{ check: Check; use(): Promise<unknown>; end(): Promise<unknown> }>
) {
  test(name, { skip }, async () => {
    const { check, use, end } = await make()
    try {
      await use()
      assert.ok(await isWell(check), 'healthy')
      await proxy.set('refuse')
      assert.equal(await isWell(check), false, 'refused')
      await proxy.set('pass')
      assert.ok(await isWell(check), 'recovered')
      while (
        (await use().then(
          () => true,
          () => false
        )) === false
      )
        await sleep(50)
    } finally {
      await check.close?.()
      await end()
    }
  })
}

const at = () => ({ host: '127.0.0.1', port: proxy.port, user: 'demo', password, database: 'postgres' })

takes('Knex', async () => {
  const knex = knexOf({ client: 'pg', connection: at() })
  return {
    check: postgresCheck(new pg.Client(knex.client.config.connection)),
    use: async () => knex.raw('SELECT 1'),
    end: () => knex.destroy()
  }
})

takes('Sequelize', async () => {
  const { user, database, ...rest } = at()
  const sequelize = new Sequelize({ dialect: 'postgres', username: user, database, logging: false, ...rest })
  const { host, port, username, password: secret } = sequelize.config
  return {
    check: postgresCheck(
      new pg.Client({ host, port: Number(port), user: username, password: secret ?? '', database })
    ),
    use: () => sequelize.query('SELECT 1'),
    end: () => sequelize.close()
  }
})

takes('TypeORM', async () => {
  const { user: username, ...rest } = at()
  const source = await new DataSource({ type: 'postgres', username, ...rest }).initialize()
  const { driver } = source
  assert.ok(driver instanceof PostgresDriver)
  return {
    check: postgresCheck(driver.master),
    use: () => source.query('SELECT 1'),
    end: () => source.destroy()
  }
})

takes('MikroORM', async () => {
  const { database: dbName, ...rest } = at()
  const orm = await MikroORM.init({ ...rest, dbName, entities: [], discovery: { warnWhenNoEntities: false } })
  return {
    check: postgresCheck(new pg.Client(orm.em.getConnection().getConnectionOptions())),
    use: () => orm.em.getConnection().execute('SELECT 1'),
    end: () => orm.close()
  }
})

takes('Drizzle', async () => {
  const db = drizzle({ connection: at() })
  db.$client.on('error', () => {})
  return {
    check: postgresCheck(db.$client),
    use: () => db.execute(sql`SELECT 1`),
    end: () => db.$client.end()
  }
})

takes('Kysely', async () => {
  const pool = new pg.Pool(at()).on('error', () => {})
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) })
  return { check: postgresCheck(pool), use: () => kyselySql`SELECT 1`.execute(db), end: () => db.destroy() }
})

takes('Prisma', async () => {
  const pool = new pg.Pool(at()).on('error', () => {})
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  return {
    check: postgresCheck(pool),
    use: async () => prisma.$queryRaw`SELECT 1`,
    async end() {
      await prisma.$disconnect()
      await pool.end()
    }
  }
})
