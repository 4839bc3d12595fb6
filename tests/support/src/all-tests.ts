// `npm test`: the tests of all packages, then what failed, then what was skipped and how to run that too.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, constants } from 'node:os'
import { failures } from './failed.ts'
import { lacking } from './programs.ts'
import { root } from './root.ts'
import { summary } from './skipped.ts'

const start = Date.now()
const args = process.argv.slice(2)
const turbo = spawn(
  'turbo',
  // At least four packages at once: with fewer, two cores stand idle. With more than there are cores, they wait for
  // each other.
  [
    'run',
    'test',
    `--concurrency=${Math.max(4, availableParallelism())}`,
    '--continue=dependencies-successful',
    '--output-logs=new-only',
    ...args
  ],
  {
    cwd: root,
    stdio: 'inherit',
    // What is missing is part of what a result depends on: once it is there, its tests run.
    env: { ...process.env, DOCKERFLOW_MISSING: lacking().join(' ') },
    shell: process.platform === 'win32'
  }
)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => turbo.kill(signal))
const [code, signal] = await once(turbo, 'exit')
process.stdout.write(failures(root, start) + summary(root))
process.exitCode = code ?? 128 + constants.signals[signal as NodeJS.Signals]
