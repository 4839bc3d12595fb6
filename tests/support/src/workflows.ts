import { parse } from 'yaml'

/** A step of a job, or of a composite action. */
export interface Step {
  id?: string
  name?: string
  if?: string
  uses?: string
  run?: string
  shell?: string
  with?: Record<string, unknown>
  env?: Record<string, string>
}

export interface Job {
  uses?: string
  secrets?: 'inherit' | Record<string, string>
  needs?: string | string[]
  if?: string
  strategy?: { matrix?: Record<string, unknown> }
  outputs?: Record<string, string>
  with?: Record<string, unknown>
  env?: Record<string, string>
  'runs-on'?: string
  'timeout-minutes'?: number
  permissions?: Record<string, string>
  environment?: unknown
  container?: string | { image: string }
  services?: Record<string, { image: string }>
  steps?: Step[]
}

export interface Workflow {
  on: Record<string, unknown>
  permissions?: Record<string, string>
  concurrency?: unknown
  jobs: Record<string, Job>
}

/** The setting that stops each action from keeping a cache. */
const uncached: Record<string, [input: string, value: unknown]> = {
  'actions/setup-node': ['package-manager-cache', false],
  'anchore/scan-action': ['cache-db', 'false'],
  'docker/setup-buildx-action': ['cache-binary', false],
  'docker/setup-qemu-action': ['cache-image', false]
}

/** Which rules a step breaks, in words. */
function* ofStep({ uses, run, with: inputs = {} }: Step, source: string): Generator<string> {
  if (run?.includes('${{')) yield 'an expression inside run: is code that its value can write; give it by env'
  if (uses === undefined || uses.startsWith('./')) return
  const [action = '', version = ''] = uses.split('@')
  if (!/^[0-9a-f]{40}$/.test(version)) yield `${uses} is not pinned to a commit`
  if (!new RegExp(`uses: ${uses} # v\\d+\\.\\d+\\.\\d+$`, 'm').test(source))
    yield `${uses} has no comment that says which version that is`
  if (action === 'actions/checkout' && inputs['persist-credentials'] !== false)
    yield 'checkout leaves its token behind: persist-credentials: false'
  if (action === 'actions/cache' || 'cache' in inputs) yield `${action} shares a cache`
  const [input, value] = uncached[action] ?? []
  if (input && inputs[input] !== value) yield `${action} shares a cache: ${input}: ${value}`
}

/** Which rules a job breaks, in words. */
function* ofJob(job: Job, source: string): Generator<string> {
  if (!job.permissions) yield 'the job does not say which permissions it has'
  if (job.secrets === 'inherit') yield 'the job passes all secrets on: name them'
  if (job.uses) return
  if (!job['timeout-minutes']) yield 'the job has no timeout'
  // An expression chooses between names.
  const runner = job['runs-on'] ?? ''
  const runners = runner.startsWith('${{')
    ? [...runner.matchAll(/[|&]{2} '([^']*)'/g)].map(([, name]) => name)
    : [runner]
  if (runners.length === 0 || !runners.every((name) => /^[a-z]+-\d/.test(name ?? '')))
    yield 'the runner is not a version of a system'
  const { container } = job
  const inside = typeof container === 'string' ? container : container?.image
  const images = [inside, ...Object.values(job.services ?? {}).map(({ image }) => image)]
  for (const image of images) {
    if (image && !/:(?!latest$)[^/]+$/.test(image)) yield `the image ${image} has no version`
  }
  const steps = job.steps ?? []
  for (const step of steps) yield* ofStep(step, source)
  const trusted = Object.values(job.permissions ?? {}).includes('write')
  const checksOut = steps.some(({ uses }) => uses?.startsWith('./') || uses?.startsWith('actions/checkout@'))
  if (trusted && checksOut && steps.some(({ run }) => run))
    yield 'a job that can write runs what it checked out'
}

/** Which rules a workflow breaks, in words. */
export function* workflowFindings(source: string): Generator<string> {
  const workflow: Workflow = parse(source)
  if (JSON.stringify(workflow.permissions) !== '{}') yield 'permissions: {} is missing at the top'
  if (!workflow.concurrency) yield 'there is no concurrency group'
  if (/type=gha|type=registry,ref/.test(source)) yield 'the build shares a cache'
  // Docker Hub knows no federation, and a registry for private packages may be anybody's.
  if (/\bsecrets\.(?!(?:GITHUB_TOKEN|DOCKER_USER|DOCKER_PASS|npmrc)\b)/.test(source))
    yield 'a secret is kept; Workload Identity Federation needs none'
  for (const trigger of ['pull_request_target', 'workflow_run', 'issue_comment']) {
    if (trigger in workflow.on) yield `${trigger} gives credentials to what anybody wrote`
  }
  const untrusted = 'pull_request' in workflow.on || 'merge_group' in workflow.on
  for (const [id, job] of Object.entries(workflow.jobs)) {
    for (const finding of ofJob(job, source)) yield `${id}: ${finding}`
    const write = Object.values(job.permissions ?? {}).includes('write')
    if (untrusted && (write || job.environment)) yield `${id}: a pull request gets credentials`
  }
}

/** Which rules a composite action breaks, in words. */
export function* actionFindings(source: string): Generator<string> {
  for (const step of (parse(source) as { runs: { steps: Step[] } }).runs.steps) {
    yield* ofStep(step, source)
    if (step.run && step.shell !== 'bash') yield 'a step of an action names its shell: bash'
  }
}
