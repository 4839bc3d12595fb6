import { serve } from '@dockerflow/lifecycle'
import { build } from './build.ts'
import { ConfigError, readConfig } from './config.ts'

try {
  const config = readConfig(process.env, process.stdout.isTTY)
  const { port, host, drainDelay, notificationsDir: reportDir } = config
  await serve(() => build(config), { port, host, drainDelay, reportDir })
} catch (err) {
  if (!(err instanceof ConfigError)) throw err
  process.stderr.write(`${err.message}\n`)
  process.exitCode = 1
}
