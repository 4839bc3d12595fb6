import { cpSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import { parse } from 'yaml'
import { root } from './root.ts'
import { startStep } from './runner.ts'
import type { Job, Step, Workflow } from './workflows.ts'

type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

/** A value as GitHub's own evaluator has it. */
const toData = (value: Json): data.ExpressionData => JSON.parse(JSON.stringify(value), data.reviver)

/** Where a name is looked up, such as `inputs` or `steps`. */
export type Contexts = Record<string, Json>

/** The value of an expression, without its `${{ }}`. */
function evaluate(expression: string, contexts: Contexts): data.ExpressionData {
  const names = Object.keys(contexts)
  const { tokens } = new Lexer(expression).lex()
  const tree = new Parser(tokens, names, []).parse()
  return new Evaluator(tree, toData(contexts) as data.Dictionary).evaluate()
}

/** A text with its expressions filled in; one that is an expression as a whole keeps its type. */
export function fill(text: unknown, contexts: Contexts): Json {
  if (typeof text !== 'string') return (text ?? null) as Json
  const whole = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s.exec(text)
  if (whole) {
    const value = evaluate(whole[1] ?? '', contexts)
    return JSON.parse(JSON.stringify(value, data.replacer)) as Json
  }
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression) => evaluate(expression, contexts).coerceString())
}

const truthy = (value: Json) => value !== false && value !== null && value !== '' && value !== 0

/** What a run needs of the world. */
export interface World {
  /** An empty folder, for the runners. */
  folder: string
  contexts: { github: Contexts; vars: Contexts; secrets: Contexts }
  /** For each step that isn't a script or one of GitHub's artifacts: does it, or does nothing; returns its outputs. */
  action(step: Step, runner: Runner): Record<string, string>
  /** Environment for each script, in place of its own. */
  env: Record<string, string>
}

/** The machine of a job. */
export interface Runner {
  temp: string
  workspace: string
  /** The step's inputs, filled in. */
  inputs: Record<string, Json>
}

/** What became of a job: its outputs, and what its steps printed. */
export interface Result {
  outputs: Record<string, string>
  log: string
}

/** Runs the jobs of workflows on this machine as GitHub would, one after the other; throws where a step fails. */
export class LocalWorkflow {
  readonly world: World
  /** Each step that ran, as `JOB STEP`. */
  readonly ran: string[] = []

  constructor(world: World) {
    this.world = world
    mkdirSync(join(world.folder, 'artifacts'), { recursive: true })
  }

  /** Runs a workflow, with its inputs. `skip` names jobs and steps, as `JOB` and `JOB STEP`, that only GitHub can run. */
  async run(
    source: string,
    inputs: Contexts = {},
    secrets = this.world.contexts.secrets,
    skip: string[] = []
  ): Promise<Result> {
    const workflow: Workflow = parse(source)
    const call = (
      workflow.on as { workflow_call?: Record<string, Record<string, { default?: Json; value?: string }>> }
    ).workflow_call
    const defaults = Object.entries(call?.inputs ?? {}).map(([name, input]) => [name, input.default ?? ''])
    const given = Object.entries(inputs).filter(([, value]) => value !== null)
    const contexts: Contexts = {
      ...this.world.contexts,
      secrets,
      inputs: { ...Object.fromEntries(defaults), ...Object.fromEntries(given) }
    }
    const jobs: Record<string, { outputs: Record<string, string>; result: string }> = {}
    let log = ''
    for (const [id, job] of Object.entries(workflow.jobs)) {
      if (skip.includes(id)) continue
      const needs = [job.needs ?? []].flat()
      const all = { ...contexts, needs: Object.fromEntries(needs.map((need) => [need, jobs[need] ?? null])) }
      const { outputs, log: printed } = await this.#job(id, job, all, skip)
      jobs[id] = { outputs, result: 'success' }
      log += printed
    }
    const outputs = Object.entries(call?.outputs ?? {}).map(([name, { value }]) => [
      name,
      String(fill(value, { ...contexts, jobs }))
    ])
    return { outputs: Object.fromEntries(outputs), log }
  }

  async #job(id: string, job: Job, contexts: Contexts, skip: string[]): Promise<Result> {
    if (job.uses) {
      const path = join(root, '.github/workflows', basename(job.uses.replace(/@.*/, '')))
      const inputs = Object.entries(job.with ?? {}).map(([name, value]) => [name, fill(value, contexts)])
      const secrets = Object.entries((job.secrets as Record<string, string>) ?? {}).map(([name, value]) => [
        name,
        fill(value, contexts)
      ])
      return this.run(
        readFileSync(path, 'utf8'),
        Object.fromEntries(inputs),
        Object.fromEntries(secrets),
        skip
      )
    }
    const matrix = fill((job.strategy?.matrix as Record<string, unknown>)?.platform ?? null, contexts)
    const results: Result[] = []
    for (const platform of Array.isArray(matrix) ? matrix : [null])
      results.push(await this.#steps(id, job, { ...contexts, matrix: { platform } }, skip))
    return {
      outputs: Object.assign({}, ...results.map(({ outputs }) => outputs)),
      log: results.map(({ log }) => log).join('')
    }
  }

  async #steps(id: string, job: Job, contexts: Contexts, skip: string[]): Promise<Result> {
    const temp = mkdtempSync(join(this.world.folder, `${id}-`))
    const workspace = join(temp, 'workspace')
    mkdirSync(workspace)
    const steps: Contexts = {}
    let log = ''
    for (const step of job.steps ?? []) {
      const all: Contexts = { ...contexts, steps, runner: { temp } }
      all.env = fillAll(job.env, all)
      const name = step.id ?? step.name ?? step.uses?.replace(/@.*/, '') ?? step.run?.split('\n', 1)[0] ?? ''
      if (skip.includes(`${id} ${name}`)) continue
      if (step.if !== undefined && !truthy(fill(`${'$'}{{ ${step.if} }}`, all))) continue
      this.ran.push(`${id} ${name}`)
      let output: Record<string, string> = {}
      if (step.run !== undefined) {
        const env = { ...fillAll(job.env, all), ...fillAll(step.env, all), ...this.world.env }
        const outcome = await startStep(temp, step.run, env, workspace)
        log += outcome.log
        if (outcome.status !== 0)
          throw new Error(`${id} ${name} ended with ${outcome.status}:\n${outcome.log}`)
        output = outcome.output
      } else {
        const inputs = Object.fromEntries(
          Object.entries(step.with ?? {}).map(([key, value]) => [key, fill(value, all)])
        )
        output = this.#action(step, { temp, workspace, inputs })
      }
      if (step.id) steps[step.id] = { outputs: output, outcome: 'success', conclusion: 'success' }
    }
    const outputs = Object.entries(job.outputs ?? {}).map(([name, value]) => [
      name,
      String(fill(value, { ...contexts, steps }) ?? '')
    ])
    return { outputs: Object.fromEntries(outputs), log }
  }

  #action(step: Step, runner: Runner): Record<string, string> {
    const artifacts = join(this.world.folder, 'artifacts')
    const { name, path } = runner.inputs as Record<string, string>
    switch (step.uses?.replace(/@.*/, '')) {
      case 'actions/upload-artifact':
        mkdirSync(join(artifacts, name ?? ''))
        cpSync(path ?? '', join(artifacts, name ?? '', basename(path ?? '')))
        return {}
      case 'actions/download-artifact':
        cpSync(join(artifacts, name ?? ''), path ?? '', { recursive: true })
        return {}
      default:
        return this.world.action(step, runner)
    }
  }
}

const fillAll = (texts: Record<string, string> | undefined, contexts: Contexts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts ?? {}).map(([name, text]) => [name, String(fill(String(text), contexts) ?? '')])
  )
