import type { RepositoryFacts } from '../../repository/facts.ts'
import { array, object, text, type YamlDocument } from '../../repository/yaml.ts'
import type { Facts } from '../../rule.ts'

/** A step of a job, with all the text that says what it does: of scripts and Makefile targets that it runs, too. */
export interface Step {
  file: string
  line: number
  name: string
  run: string
  uses: string
  with: Record<string, unknown>
  env: Record<string, unknown>
}

export interface Job {
  ci: 'GitHub Actions' | 'CircleCI'
  file: string
  line: number
  /** Unique among all jobs. */
  id: string
  name: string
  needs: string[]
  steps: Step[]
  onPullRequest: boolean
  onMerge: boolean
  byHand: boolean
}

/** All jobs of a repository's CI, those of reusable workflows as their callers run them. */
export function jobsOf({ repository }: Facts): Job[] {
  if (!repository) return []
  let jobs = cache.get(repository)
  if (!jobs) {
    jobs = [...githubJobs(repository), ...circleJobs(repository)]
    cache.set(repository, jobs)
  }
  return jobs
}

const cache = new WeakMap<RepositoryFacts, Job[]>()
const JOB_LIMIT = 2000

interface Triggers {
  onPullRequest: boolean
  onMerge: boolean
  byHand: boolean
}

function triggersOf(on: unknown): Triggers {
  const events = new Map<string, unknown>(
    typeof on === 'string'
      ? [[on, null]]
      : Array.isArray(on)
        ? on.map((name) => [text(name), null])
        : Object.entries(object(on))
  )
  const push = events.has('push') ? object(events.get('push')) : undefined
  const tagsOnly =
    push !== undefined &&
    ('tags' in push || 'tags-ignore' in push) &&
    !('branches' in push) &&
    !('branches-ignore' in push)
  return {
    onPullRequest: events.has('pull_request') || events.has('pull_request_target'),
    onMerge: (push !== undefined && !tagsOnly) || events.has('merge_group') || events.has('workflow_run'),
    byHand: events.has('workflow_dispatch') || events.has('repository_dispatch')
  }
}

/** What a job's condition leaves of its workflow's triggers. */
function narrow(triggers: Triggers, condition: string): Triggers {
  if (/github\.event_name\s*==\s*['"]pull_request/.test(condition)) return { ...triggers, onMerge: false }
  const never =
    /github\.event_name\s*!=\s*['"]pull_request|github\.event_name\s*==\s*['"](?:push|workflow_dispatch|release)|github\.ref(?:_name)?\s*==|startsWith\(\s*github\.ref|github\.ref_type\s*==/
  return never.test(condition) ? { ...triggers, onPullRequest: false } : triggers
}

function* githubJobs(repository: RepositoryFacts): Generator<Job> {
  const byFile = new Map(repository.github.map((document) => [document.file, document]))
  let count = 0
  function* ofWorkflow(
    document: YamlDocument,
    triggers: Triggers,
    before: string,
    needsBefore: string[],
    depth: number
  ): Generator<Job> {
    const { jobs, env } = object(document.value)
    for (const [name, value] of Object.entries(object(jobs))) {
      if (++count > JOB_LIMIT) return
      const job = object(value)
      const own = narrow(triggers, text(job.if))
      const needs = [
        ...(Array.isArray(job.needs) ? job.needs : [job.needs])
          .map(text)
          .filter(Boolean)
          .map((id) => before + id),
        ...needsBefore
      ]
      const id = before + name
      const uses = text(job.uses)
      const called = uses.startsWith('./') ? byFile.get(uses.slice(2)) : undefined
      const line = document.line(['jobs', name])
      const base = {
        ci: 'GitHub Actions' as const,
        file: document.file,
        line,
        id,
        name: text(job.name) || name,
        needs,
        ...own
      }
      if (called && depth < 4) {
        const inner = [...ofWorkflow(called, own, `${id}/`, needs, depth + 1)]
        yield* inner
        // A job that needs the caller needs all that the caller calls.
        yield { ...base, needs: [...needs, ...inner.map((job) => job.id)], steps: [] }
        continue
      }
      const steps = uses
        ? [{ file: document.file, line, name, run: '', uses, with: object(job.with), env: {} }]
        : [...githubSteps(repository, document, ['jobs', name, 'steps'], job.steps, 0)]
      yield {
        ...base,
        steps: steps.map((step) => ({ ...step, env: { ...object(env), ...object(job.env), ...step.env } }))
      }
    }
  }
  const called = new Set(
    repository.github.flatMap(({ value }) =>
      Object.values(object(object(value).jobs)).map((job) => text(object(job).uses))
    )
  )
  for (const document of repository.github) {
    const workflow = object(document.value)
    // YAML 1.1 has `on` as true; version 1.2, which this is read by, as text.
    const triggers = triggersOf(workflow.on)
    const { onPullRequest, onMerge, byHand } = triggers
    const events = Object.keys(object(workflow.on))
    const calledOnly =
      (events.length === 1 && events[0] === 'workflow_call') || workflow.on === 'workflow_call'
    const known = onPullRequest || onMerge || byHand || !calledOnly
    if (known || !called.has(`./${document.file}`))
      yield* ofWorkflow(document, triggers, `${document.file}#`, [], 0)
  }
}

function* githubSteps(
  repository: RepositoryFacts,
  document: YamlDocument,
  path: (string | number)[],
  steps: unknown,
  depth: number
): Generator<Step> {
  for (const [index, value] of array(steps).entries()) {
    const step = object(value)
    const uses = text(step.uses)
    const line = document.line([...path, index])
    const run = text(step.run)
    yield {
      file: document.file,
      line,
      name: text(step.name),
      run: withScripts(repository, run),
      uses,
      with: object(step.with),
      env: object(step.env)
    }
    if (!uses.startsWith('./') || depth >= 3) continue
    const folder = uses.slice(2).replace(/\/$/, '')
    const action = repository.actions.find(({ file }) => file.replace(/\/?action\.ya?ml$/, '') === folder)
    if (action)
      yield* githubSteps(
        repository,
        action,
        ['runs', 'steps'],
        object(object(action.value).runs).steps,
        depth + 1
      )
  }
}

function* circleJobs(repository: RepositoryFacts): Generator<Job> {
  for (const document of repository.circleci) {
    const { jobs, workflows, commands } = object(document.value)
    const stepsOf = (name: string) => [
      ...circleSteps(
        repository,
        document,
        ['jobs', name, 'steps'],
        object(object(jobs)[name]).steps,
        object(commands),
        0
      )
    ]
    const listed = Object.entries(object(workflows)).filter(
      ([name, value]) => name !== 'version' && array(object(value).jobs).length > 0
    )
    const base = { ci: 'CircleCI' as const, file: document.file }
    if (listed.length === 0) {
      for (const name of Object.keys(object(jobs))) {
        yield {
          ...base,
          line: document.line(['jobs', name]),
          id: `circleci#${name}`,
          name,
          needs: [],
          steps: stepsOf(name),
          onPullRequest: true,
          onMerge: true,
          byHand: true
        }
      }
    }
    let count = 0
    for (const [workflow, value] of listed) {
      const scheduled = array(object(value).triggers).length > 0
      for (const [index, entry] of array(object(value).jobs).entries()) {
        if (++count > JOB_LIMIT) return
        const [name = '', settings] =
          typeof entry === 'string' ? [entry, {}] : (Object.entries(object(entry))[0] ?? [])
        const { requires, filters, name: alias, type } = object(settings)
        const only = object(object(filters).branches).only
        const branches = (Array.isArray(only) ? only : only === undefined ? [] : [only]).map(text)
        const ignore = object(object(filters).branches).ignore
        const anyBranch =
          branches.length === 0
            ? !text(ignore).includes('.*')
            : branches.some((branch) => /^\/.*\*/.test(branch))
        const known = name in object(jobs)
        const steps = known
          ? stepsOf(name)
          : [
              {
                file: document.file,
                line: document.line(['workflows', workflow, 'jobs', index]),
                name,
                run: '',
                uses: name,
                with: object(settings),
                env: {}
              }
            ]
        yield {
          ...base,
          line: known ? document.line(['jobs', name]) : document.line(['workflows', workflow, 'jobs', index]),
          id: `circleci#${workflow}#${text(alias) || name}`,
          name,
          needs: array(requires).map((id) => `circleci#${workflow}#${text(id)}`),
          steps: text(type) === 'approval' ? [] : steps,
          onPullRequest: anyBranch && !scheduled,
          onMerge: !text(ignore).includes('.*') && !scheduled,
          // CircleCI runs any earlier pipeline again.
          byHand: true
        }
      }
    }
  }
}

function* circleSteps(
  repository: RepositoryFacts,
  document: YamlDocument,
  path: (string | number)[],
  steps: unknown,
  commands: Record<string, unknown>,
  depth: number
): Generator<Step> {
  for (const [index, value] of array(steps).entries()) {
    const line = document.line([...path, index])
    const [kind = '', settings] =
      typeof value === 'string' ? [value, {}] : (Object.entries(object(value))[0] ?? [])
    if (kind === 'run') {
      const command = typeof settings === 'string' ? settings : text(object(settings).command)
      yield {
        file: document.file,
        line,
        name: text(object(settings).name),
        run: withScripts(repository, command),
        uses: '',
        with: {},
        env: object(object(settings).environment)
      }
    } else if (kind in commands && depth < 3) {
      yield* circleSteps(
        repository,
        document,
        ['commands', kind, 'steps'],
        object(commands[kind]).steps,
        commands,
        depth + 1
      )
    } else {
      yield { file: document.file, line, name: kind, run: '', uses: kind, with: object(settings), env: {} }
    }
  }
}

const SCRIPT_LIMIT = 64 * 1024
/** What was found, since many jobs run the same. */
const scripts = new WeakMap<RepositoryFacts, Map<string, string>>()

/** A script with the texts of what it runs: Makefile targets, npm scripts, just recipes, shell scripts of the repository. */
function withScripts(repository: RepositoryFacts, run: string, depth = 0): string {
  if (run === '' || depth > 2) return run
  const known = scripts.get(repository) ?? new Map<string, string>()
  scripts.set(repository, known)
  const whole = known.get(`${depth}${run}`) ?? findScripts(repository, run, depth)
  known.set(`${depth}${run}`, whole)
  return whole
}

function findScripts(repository: RepositoryFacts, run: string, depth: number): string {
  const more = new Set<string>()
  for (const [, name = ''] of run.matchAll(/(?:^|[\s;&|(])make\s+(?:-\S+\s+)*([\w.-]+)/g))
    more.add(recipeOf(repository.read('Makefile'), name))
  for (const [, name = ''] of run.matchAll(/(?:^|[\s;&|(])just\s+([\w.-]+)/g))
    more.add(recipeOf(repository.read('justfile') ?? repository.read('Justfile'), name))
  for (const [, name = ''] of run.matchAll(
    /(?:^|[\s;&|(])(?:npm|pnpm|yarn)\s+(?:run\s+|run-script\s+)?([\w:.-]+)/g
  ))
    more.add(scriptOf(repository, name))
  for (const [, name = ''] of run.matchAll(
    /(?:^|[\s;&|("'])(?:\.\/)?((?:[\w.-]+\/)*[\w.-]+\.sh|(?:\.?[\w-]+\/)+[\w-]+)(?=$|[\s;&|)"'])/g
  )) {
    const source = repository.files.includes(name) ? repository.read(name) : undefined
    if (source?.startsWith('#!') || name.endsWith('.sh')) more.add(source ?? '')
  }
  let whole = run
  for (const text of more) {
    if (text === '' || whole.length > SCRIPT_LIMIT) continue
    whole += `\n${withScripts(repository, text.slice(0, SCRIPT_LIMIT), depth + 1)}`
  }
  return whole
}

/** The recipe of a target, and those of the targets that it needs. */
function recipeOf(makefile: string | undefined, target: string, depth = 0): string {
  if (!makefile || depth > 3) return ''
  const lines = makefile.split('\n')
  const rule = new RegExp(`^${target.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&')}(?:\\s[^:\n]*)?:(?!=)`)
  const start = lines.findIndex((line) => line.startsWith(target) && rule.test(line))
  if (start < 0) return ''
  const recipe: string[] = []
  for (const line of lines.slice(start + 1)) {
    if (!/^(?:\s|#|$)/.test(line)) break
    recipe.push(line)
  }
  const needs = (lines[start] as string)
    .replace(/^[^:]*:/, '')
    .replace(/#.*$/, '')
    .split(/\s+/)
    .filter((name) => /^[\w.-]+$/.test(name))
  return [recipe.join('\n'), ...needs.slice(0, 20).map((name) => recipeOf(makefile, name, depth + 1))].join(
    '\n'
  )
}

function scriptOf(repository: RepositoryFacts, name: string): string {
  try {
    const { scripts } = JSON.parse(repository.read('package.json') ?? '{}')
    return text(object(scripts)[name === 't' ? 'test' : name])
  } catch {
    return ''
  }
}

const BUILD =
  /\bdocker\s+(?:image\s+)?build\b|\bdocker\s+buildx\s+(?:build|bake)\b|\bdocker(?:-|\s+)compose\b[^\n]*\bbuild\b|\bbuildah\s+(?:bud|build)\b|\bpodman\s+build\b|\bkaniko\b|\bgcloud\s+builds\s+submit\b|\bearthly\b|\$[({](?:DC|COMPOSE|DOCKER|DOCKER_?COMPOSE)[)}][^\n]*\bbuild\b/
const BUILD_ACTION =
  /^docker\/(?:build-push-action|bake-action)\b|(?:^|\/)(?:docker|container|image)[\w-]*build|build-and-push|^docker\/(?:build|publish)$|build_and_push|docker-build/i
// (`$(if $(PUSH),--push)` of a Makefile is up to who calls it.)
const PUSH =
  /\bdocker\s+(?:image\s+)?push\b|\bdocker\s+buildx\b[\s\S]*?(?<!,)--push\b|\bdocker(?:-|\s+)compose\b[^\n]*\bpush\b|\bskopeo\s+(?:copy|sync)\b[\s\S]*?\bdocker:\/\/|\bcrane\s+(?:push|copy)\b|\b(?:buildah|podman)\s+push\b|\bgcloud\s+builds\s+submit\b/
const TEST =
  /(?:^|[\s"'/:_-])(?:tests?|testing|smoke-?tests?|pytest|tox|nox|jest|vitest|mocha|check-and-test|nextest|phpunit|rspec)(?:$|[\s"'/:._-])/i
const CONTAINER_TEST =
  /\bdocker\s+(?:container\s+)?run\b|\bdocker(?:-|\s+)compose\b[^\n]*\b(?:run|up|exec)\b|\bdocker\s+exec\b|\bcontainer-structure-test\b|\bdgoss\b|\bdockerflow(?:@[^\s"']*)?["']?\s+check\b|\btest[:-]?(?:container|image|docker)\b/

export const builds = ({ run, uses }: Step) => BUILD.test(run) || BUILD_ACTION.test(uses)

// A registry of the job's own publishes nothing.
const LOCAL = /\b(?:localhost|127\.0\.0\.1)(?::\d+)?\b/

export function publishes({ run, uses, with: settings, env }: Step): boolean {
  if (PUSH.test(run)) return !LOCAL.test(run + JSON.stringify(env))
  if (/^docker\/(?:build-push-action|bake-action)\b/.test(uses)) {
    return (
      ('push' in settings && text(settings.push) !== 'false') ||
      /type=registry|push=true/.test(text(settings.outputs) + text(settings.set))
    )
  }
  return /build-and-push|build_and_push|push-(?:image|container|to)|docker[\w-]*(?:push|publish)|^docker\/publish$/i.test(
    uses
  )
}

export const tests = ({ run, name, uses, with: settings }: Step) =>
  TEST.test(run) ||
  TEST.test(JSON.stringify(settings)) ||
  TEST.test(name) ||
  /(?:^|[/-])tests?(?:$|[@/-])/i.test(uses)
export const testsContainer = ({ run, uses }: Step) =>
  CONTAINER_TEST.test(run) || /container-structure-test|actions\/check\b/.test(uses)

/** Whether what a step does can't be seen: an action of others, or a program that nothing here describes. */
export const isOpaque = ({ uses }: Step) =>
  uses !== '' &&
  !uses.startsWith('./') &&
  !/^(?:actions|docker|google-github-actions|aws-actions|github)\/|^(?:checkout|setup_remote_docker|save_cache|restore_cache|persist_to_workspace|attach_workspace|store_artifacts|store_test_results|add_ssh_keys|when|unless)$/.test(
    uses
  )

/** A job and all that must end before it. */
export function withNeeds(job: Job, jobs: Job[]): Job[] {
  const byId = new Map(jobs.map((known) => [known.id, known]))
  const found = new Set<Job>([job])
  for (const each of found) {
    for (const id of each.needs) {
      const needed = byId.get(id)
      if (needed) found.add(needed)
    }
  }
  return [...found]
}
