import type { NetConnectOpts } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import {
  boolean,
  type CheckDefinition,
  defineCheck,
  type KeepOptions,
  type KeptConnection,
  keepConnection,
  oneOf,
  positive,
  type Rule,
  text
} from '@dockerflow/checks'
import { type AmqpConnection, type AmqpConnectionSource, amqpCheck } from '@dockerflow/checks/amqp'
import { type DiskCheckOptions, diskCheck } from '@dockerflow/checks/disk'
import { type DnsCheckOptions, dnsCheck } from '@dockerflow/checks/dns'
import { type DockerflowCheckOptions, dockerflowCheck } from '@dockerflow/checks/dockerflow'
import { type EventLoopCheckOptions, eventLoopCheck } from '@dockerflow/checks/event-loop'
import { type GcsBucket, gcsCheck } from '@dockerflow/checks/gcs'
import { type GrpcCheckOptions, type GrpcClient, grpcCheck } from '@dockerflow/checks/grpc'
import { type HttpCheckOptions, httpCheck } from '@dockerflow/checks/http'
import {
  type KafkaCheckOptions,
  type KafkaFactory,
  type KafkaJs,
  type KafkaOverrides,
  kafkaCheck,
  type PlatformaticKafka
} from '@dockerflow/checks/kafka'
import { type MemcachedCheckOptions, type MemjsClient, memcachedCheck } from '@dockerflow/checks/memcached'
import { type MemoryCheckOptions, memoryCheck } from '@dockerflow/checks/memory'
import {
  type DrizzleDatabase,
  type DrizzleMigrations,
  drizzlePending,
  knexPending,
  migrationsCheck,
  type NodePgMigrateMigrations,
  nodePgMigratePending,
  type PendingMigrations,
  umzugPending
} from '@dockerflow/checks/migrations'
import { type MongodbCheckOptions, type MongodbClient, mongodbCheck } from '@dockerflow/checks/mongodb'
import { type MqttClient, mqttCheck } from '@dockerflow/checks/mqtt'
import { type MysqlCheckOptions, type MysqlClient, mysqlCheck } from '@dockerflow/checks/mysql'
import { type NatsConnection, natsCheck } from '@dockerflow/checks/nats'
import {
  type PgClient,
  type PgPool,
  type PostgresCheckOptions,
  type PostgresSql,
  postgresCheck
} from '@dockerflow/checks/postgres'
import { type RedisCheckOptions, type RedisClient, redisCheck } from '@dockerflow/checks/redis'
import { type S3CheckOptions, type S3Client, s3Check } from '@dockerflow/checks/s3'
import { type SmtpTransporter, smtpCheck } from '@dockerflow/checks/smtp'
import { type SqliteCheckOptions, type SqliteDatabase, sqliteCheck } from '@dockerflow/checks/sqlite'
import { type TcpCheckOptions, tcpCheck } from '@dockerflow/checks/tcp'
import { type TlsCheckOptions, tlsCheck } from '@dockerflow/checks/tls'
import type { CheckContext, CheckOptions, CheckResult, HeartbeatCheckObject } from '@dockerflow/heartbeat'
import { expectTypeOf } from 'expect-type'

/** What a factory is: a client, or what leads to one, and options, to a check. */
type Factory<Args extends unknown[]> = (...args: Args) => HeartbeatCheckObject

expectTypeOf(amqpCheck).toEqualTypeOf<Factory<[client: AmqpConnectionSource, options?: CheckOptions]>>()
expectTypeOf(diskCheck).toEqualTypeOf<Factory<[client: string | string[], options?: DiskCheckOptions]>>()
expectTypeOf(dnsCheck).toEqualTypeOf<Factory<[client: string, options?: DnsCheckOptions]>>()
expectTypeOf(dockerflowCheck).toEqualTypeOf<
  Factory<[client: string | URL, options?: DockerflowCheckOptions]>
>()
expectTypeOf(eventLoopCheck).toEqualTypeOf<Factory<[options?: EventLoopCheckOptions]>>()
expectTypeOf(gcsCheck).toEqualTypeOf<Factory<[client: GcsBucket, options?: CheckOptions]>>()
expectTypeOf(grpcCheck).toEqualTypeOf<Factory<[client: GrpcClient, options?: GrpcCheckOptions]>>()
expectTypeOf(httpCheck).toEqualTypeOf<Factory<[client: string | URL, options?: HttpCheckOptions]>>()
expectTypeOf(kafkaCheck).toEqualTypeOf<Factory<[client: KafkaFactory, options?: KafkaCheckOptions]>>()
expectTypeOf(memcachedCheck).toEqualTypeOf<Factory<[client: MemjsClient, options?: MemcachedCheckOptions]>>()
expectTypeOf(memoryCheck).toEqualTypeOf<Factory<[options?: MemoryCheckOptions]>>()
expectTypeOf(migrationsCheck).toEqualTypeOf<Factory<[client: PendingMigrations, options?: CheckOptions]>>()
expectTypeOf(mongodbCheck).toEqualTypeOf<Factory<[client: MongodbClient, options?: MongodbCheckOptions]>>()
expectTypeOf(mqttCheck).toEqualTypeOf<Factory<[client: MqttClient, options?: CheckOptions]>>()
expectTypeOf(mysqlCheck).toEqualTypeOf<Factory<[client: MysqlClient, options?: MysqlCheckOptions]>>()
expectTypeOf(natsCheck).toEqualTypeOf<Factory<[client: NatsConnection, options?: CheckOptions]>>()
expectTypeOf(postgresCheck).toEqualTypeOf<
  Factory<[client: PgClient | PgPool | PostgresSql, options?: PostgresCheckOptions]>
>()
expectTypeOf(redisCheck).toEqualTypeOf<Factory<[client: RedisClient, options?: RedisCheckOptions]>>()
expectTypeOf(s3Check).toEqualTypeOf<Factory<[client: S3Client, options: S3CheckOptions]>>()
expectTypeOf(smtpCheck).toEqualTypeOf<Factory<[client: SmtpTransporter, options?: CheckOptions]>>()
expectTypeOf(sqliteCheck).toEqualTypeOf<Factory<[client: SqliteDatabase, options?: SqliteCheckOptions]>>()
expectTypeOf(tcpCheck).toEqualTypeOf<Factory<[client: NetConnectOpts, options?: TcpCheckOptions]>>()
expectTypeOf(tlsCheck).toEqualTypeOf<Factory<[client: ConnectionOptions, options?: TlsCheckOptions]>>()

// Each factory's own options come beside the engine's.
type AllOptions = [
  DiskCheckOptions,
  DnsCheckOptions,
  DockerflowCheckOptions,
  EventLoopCheckOptions,
  GrpcCheckOptions,
  HttpCheckOptions,
  KafkaCheckOptions,
  MemcachedCheckOptions,
  MemoryCheckOptions,
  MongodbCheckOptions,
  MysqlCheckOptions,
  PostgresCheckOptions,
  RedisCheckOptions,
  S3CheckOptions,
  SqliteCheckOptions,
  TcpCheckOptions,
  TlsCheckOptions
]
expectTypeOf<AllOptions[number]>().toExtend<CheckOptions>()
expectTypeOf<AmqpConnection>().toExtend<AmqpConnectionSource>()
expectTypeOf<(overrides: KafkaOverrides) => KafkaJs | PlatformaticKafka>().toExtend<KafkaFactory>()
expectTypeOf(drizzlePending).toEqualTypeOf<
  (db: DrizzleDatabase, migrations: DrizzleMigrations) => PendingMigrations
>()
expectTypeOf(knexPending).returns.toEqualTypeOf<PendingMigrations>()
expectTypeOf(umzugPending).returns.toEqualTypeOf<PendingMigrations>()
expectTypeOf(nodePgMigratePending).parameter(1).toExtend<NodePgMigrateMigrations | undefined>()
expectTypeOf(nodePgMigratePending).returns.toEqualTypeOf<PendingMigrations>()

for (const rule of [boolean, positive, text, oneOf('a', 'b')]) expectTypeOf(rule).toEqualTypeOf<Rule>()
const ledgerCheck = defineCheck<{ ping(): Promise<void> }, CheckOptions & { deep?: boolean }>({
  name: 'ledgerCheck',
  client: { accepts: () => true, expected: 'a ledger' },
  options: { deep: boolean },
  build: (ledger, { deep }) => {
    expectTypeOf(deep).toEqualTypeOf<boolean | undefined>()
    return () => ledger.ping()
  }
})
expectTypeOf(ledgerCheck).returns.toEqualTypeOf<HeartbeatCheckObject>()
expectTypeOf<CheckDefinition<string, CheckOptions>['build']>().parameter(0).toBeString()
expectTypeOf(keepConnection).toEqualTypeOf<
  (create: (lost: () => void) => KeptConnection, options?: KeepOptions) => HeartbeatCheckObject
>()
expectTypeOf<KeepOptions>().toEqualTypeOf<{ maxAge?: number | undefined }>()
expectTypeOf<KeptConnection['ask']>().toEqualTypeOf<(context: CheckContext) => Promise<CheckResult>>()

// @ts-expect-error a string is no client
redisCheck('redis://localhost')
// @ts-expect-error an option that there is not
diskCheck('/', { minimum: 1 })
// @ts-expect-error what is asked of the bucket comes from the client's own library
s3Check({} as S3Client)
