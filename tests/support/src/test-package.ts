#!/usr/bin/env node
// The script `test` of each package: tap, with the arguments that were given. Full coverage is required where nothing
// was skipped, and always in CI. What was skipped is left in .tap/skipped, for the summary of `npm test`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { missing } from './programs.ts'

const folder = join(process.cwd(), '.tap/skipped')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

async function tap(...args: string[]): Promise<number> {
  const child = spawn('tap', args, {
    stdio: 'inherit',
    env: { ...process.env, DOCKERFLOW_SKIPPED: folder },
    shell: process.platform === 'win32'
  })
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, pass)
  const [code, signal] = await once(child, 'exit')
  return code ?? 128 + constants.signals[signal as NodeJS.Signals]
}

const args = process.argv.slice(2)
const { tap: settings } = JSON.parse(readFileSync('package.json', 'utf8'))
const strict =
  settings?.['disable-coverage'] || process.env.CI || (missing().length === 0 && process.platform === 'linux')
let code = await tap(...(strict ? [] : ['--allow-incomplete-coverage']), ...args)
if (code === 0 && !strict && readdirSync(folder).length === 0) code = await tap('report', 'text')
process.exitCode = code
