#!/usr/bin/env node
// The script `test` of each package: tap, with the arguments that were given. Full coverage is required where no test
// of the package may be skipped, and always in CI; without it, nothing is measured, which is faster. What was skipped is
// left in .tap/skipped, for the summary of `npm test`.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism, constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mayBeSkipped } from './programs.ts'
import { root } from './root.ts'

const windows = process.platform === 'win32'
const folder = join(process.cwd(), '.tap/skipped')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

// At least three files at once: with fewer, a package whose tests wait a lot is the last one, beside idle cores.
const args = [...(availableParallelism() <= 4 ? ['--jobs=3'] : []), ...process.argv.slice(2)]
const env: NodeJS.ProcessEnv = { ...process.env, DOCKERFLOW_SKIPPED: folder }
const strict = process.env.CI || !mayBeSkipped(process.cwd())
if (!strict) {
  args.unshift('--disable-coverage')
  // Before Node 26, tap's hooks run in a thread of their own, which can't load it.
  if (Number.parseInt(process.versions.node, 10) >= 26) {
    const preload = `--node-arg=--require=${fileURLToPath(import.meta.resolve('./without-recorder.ts'))}`
    // The shell would take a path with a space apart.
    args.unshift(windows ? `"${preload}"` : preload)
  }
  // With it, V8 doesn't count each function.
  env.NODE_COMPILE_CACHE = join(root, 'node_modules/.cache/compile')
}
const child = spawn('tap', args, { stdio: 'inherit', env, shell: windows })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
const [code, signal] = await once(child, 'exit')
process.exitCode = code ?? 128 + constants.signals[signal as NodeJS.Signals]
