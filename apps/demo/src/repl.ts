// `make repl`: Node's prompt with the app loaded, which doesn't listen.
import { start } from 'node:repl'
import { build } from './build.ts'
import { readConfig } from './config.ts'

// At the prompt, lines of each request would be in the way.
const config = readConfig({ ...process.env, LOG_LEVEL: 'warn' }, process.stdout.isTTY)
const app = await build(config)
await app.ready()
const repl = start('demo> ')
repl.context.app = app
repl.on('exit', () => void app.close())
