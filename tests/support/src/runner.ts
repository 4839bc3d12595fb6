import { execFile, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

/** How GitHub's runner starts a script. */
function command(temp: string, source: string, env: Record<string, string>, cwd: string) {
  const [file, output] = [join(temp, 'step.sh'), join(temp, 'output')]
  writeFileSync(file, source)
  writeFileSync(output, '')
  const args = ['--noprofile', '--norc', '-eo', 'pipefail', file]
  const options = {
    cwd,
    maxBuffer: 2 ** 26,
    encoding: 'utf8' as const,
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
  }
  /** What it wrote for later steps. */
  const outputs = () => {
    const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean)
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))
  }
  return { args, options, outputs }
}

/** Runs a script as GitHub's runner does, with `temp` as the folder that it may write to, and `cwd` as the workspace. */
export function runStep(temp: string, source: string, env: Record<string, string> = {}, cwd = temp): Outcome {
  const { args, options, outputs } = command(temp, source, env, cwd)
  const { status, stdout, stderr } = spawnSync('bash', args, options)
  return { status, output: outputs(), log: stdout + stderr }
}

/** The same, while this process goes on with what else it does, such as a server that the script asks. */
export async function startStep(
  temp: string,
  source: string,
  env: Record<string, string>,
  cwd: string
): Promise<Outcome> {
  const { args, options, outputs } = command(temp, source, env, cwd)
  const result = await promisify(execFile)('bash', args, options).catch((err) => err)
  return { status: result.code ?? 0, output: outputs(), log: result.stdout + result.stderr }
}
