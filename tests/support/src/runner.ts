import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { root } from './root.ts'
import type { Workflow } from './workflows.ts'

/** The script of a step of a workflow, by the step's id or name. */
export function script(workflow: string, job: string, step: string): string {
  const { jobs }: Workflow = parse(readFileSync(join(root, '.github/workflows', workflow), 'utf8'))
  const found = jobs[job]?.steps?.find(({ id, name }) => id === step || name === step)
  if (!found?.run) throw new Error(`${workflow} has no step ${step}`)
  return found.run
}

/** What a step left behind. */
export interface Outcome {
  status: number | null
  /** What it wrote to GITHUB_OUTPUT. */
  output: Record<string, string>
  /** What it printed. */
  log: string
}

/** Runs a script as GitHub's runner does, with `temp` as the folder that it may write to. */
export function runStep(temp: string, source: string, env: Record<string, string> = {}): Outcome {
  const [file, output] = [join(temp, 'step.sh'), join(temp, 'output')]
  writeFileSync(file, source)
  writeFileSync(output, '')
  const { status, stdout, stderr } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], {
    cwd: temp,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      DOCKER_HOST: process.env.DOCKER_HOST,
      HOME: temp,
      RUNNER_TEMP: temp,
      GITHUB_OUTPUT: output,
      GITHUB_RUN_ID: '1000',
      GITHUB_RUN_ATTEMPT: '1',
      ...env
    }
  })
  const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean)
  return {
    status,
    output: Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2))),
    log: stdout + stderr
  }
}
