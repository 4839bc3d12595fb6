import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { readDockerignore } from '../../../packages/conformance/src/repository/ignore.ts'
import { dockerfileFindings } from '../src/dockerfile.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const source = read('docker/Dockerfile')
const base = read('docker/base/Dockerfile')
const template = read('packages/create-dockerflow/template/Dockerfile')

for (const [name, text] of Object.entries({
  'docker/Dockerfile': source,
  'docker/base/Dockerfile': base,
  'the template': template
})) {
  test(`${name} holds the rules`, async (t) => {
    t.strictSame([...dockerfileFindings(text)], [])
  })

  // Dockerfile requirements 2 and 3.
  test(`${name}: the group and the user app are 10001`, async (t) => {
    t.match(text, /groupadd [^&]*--gid 10001 [^&]*app/)
    t.match(text, /useradd [^&]*--uid 10001 --gid app [^&]*app/)
  })
}

test('only the stages that hold binaries run for the target platform', async (t) => {
  const stages = new Map<string, string>()
  const froms = /^FROM (--platform=\S+ )?(\S+) AS (\w+)$/gm
  for (const [, platform, from = '', name = ''] of source.matchAll(froms))
    stages.set(name, platform?.trim() ?? stages.get(from) ?? 'of the target')
  const here = `--platform=${'$'}{BUILDPLATFORM}`
  t.strictSame(Object.fromEntries(stages), {
    base: here,
    prune: here,
    deps: here,
    build: here,
    version: here,
    test: here,
    development: here,
    node: 'of the target',
    programs: 'of the target',
    system: 'of the target',
    production: 'of the target'
  })
})

// Without one of them turbo builds something else in the image, or takes what was built from another state.
test("every input of the demo's build is in the context of the image", (t) => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const args = ['run', 'build', '--filter=@dockerflow/demo', '--dry=json']
  const { tasks } = JSON.parse(
    execFileSync(`${root}node_modules/.bin/turbo`, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  ) as { tasks: { command: string; directory: string; inputs: Record<string, string> }[] }
  const inputs = tasks
    .filter(({ command }) => command !== '<NONEXISTENT>')
    .flatMap(({ directory, inputs }) => Object.keys(inputs).map((file) => posix.join(directory, file)))
  t.ok(inputs.includes('apps/demo/turbo.json') && inputs.includes('apps/demo/page/index.html'))
  const context = readDockerignore(read('.dockerignore'), '.dockerignore')
  t.strictSame(
    inputs.filter((file) => context.excludes(file)),
    []
  )
  t.end()
})

// People build it rarely, so a missing package would surprise them.
test("the benchmark's Dockerfile copies all that the demo is built of, and runs on", async (t) => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const folders = new Map<string, string>()
  const manifests = new Map<string, { dependencies?: object; devDependencies?: object }>()
  for (const file of globSync('{apps,packages,plugins,tests}/*/package.json', { cwd: root })) {
    const manifest = JSON.parse(read(file))
    folders.set(manifest.name, posix.dirname(file))
    manifests.set(manifest.name, manifest)
  }
  const below = (kinds: ('dependencies' | 'devDependencies')[]) => {
    const found = new Set(['@dockerflow/demo'])
    for (const name of found)
      for (const kind of kinds)
        for (const need of Object.keys(manifests.get(name)?.[kind] ?? {}))
          if (folders.has(need)) found.add(need)
    return [...found].map((name) => folders.get(name)).sort()
  }
  const guide = read('bench/image/guide.Dockerfile')
  const copied = (pattern: RegExp) => [...guide.matchAll(pattern)].map(([, folder]) => folder).sort()
  t.strictSame(copied(/^COPY (\S+)\/package\.json /gm), below(['dependencies', 'devDependencies']))
  t.strictSame(copied(/^COPY --from=build \/app\/(\S+)\/dist /gm), below(['dependencies']))
})

test('each rule finds what breaks it', async (t) => {
  const good = `ARG BASE=debian:bookworm-slim
FROM \${BASE} AS build
WORKDIR /app
RUN apt-get update && apt-get install --yes --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
FROM build AS production
COPY --from=build /app /app
STOPSIGNAL SIGTERM
USER app
ENTRYPOINT ["tini", "--"]
CMD ["node", "server.js"]
HEALTHCHECK --interval=10s CMD ["healthcheck"]
`
  t.strictSame([...dockerfileFindings(good)], [])
  const cases: [from: string, to: string, finding: string][] = [
    [good, '', 'there is no FROM'],
    ['ARG BASE', '# syntax=docker/dockerfile:1\nARG BASE', 'a front end is fetched'],
    ['debian:bookworm-slim', 'debian', 'the base debian has no version'],
    ['debian:bookworm-slim', 'debian:latest', 'the base debian:latest has no version'],
    ['COPY --from', 'COPY --link --from', "newer than Docker 20.10's BuildKit"],
    ['WORKDIR /app', 'RUN <<EOF\necho\nEOF', "newer than Docker 20.10's BuildKit"],
    ['WORKDIR /app', 'WORKDIR app', 'WORKDIR is not absolute'],
    ['WORKDIR /app', 'ADD https://example.org/a.tar /', 'ADD fetches and unpacks: COPY'],
    ['WORKDIR /app', 'MAINTAINER app', 'MAINTAINER is a label now'],
    ['WORKDIR /app', 'ARG NPM_TOKEN=""', 'a secret in ARG stays in the image: mount it'],
    ['WORKDIR /app', 'ENV DB_PASSWORD=x', 'a secret in ENV stays in the image: mount it'],
    ['WORKDIR /app', 'RUN sudo true', 'sudo in a build'],
    ['WORKDIR /app', 'RUN curl -O https://example.org/a', 'a download that nothing verifies'],
    ['WORKDIR /app', 'RUN apt install tini', 'apt is for people: apt-get'],
    ['apt-get update && ', '', 'apt-get install without update in the same RUN'],
    [' --yes', '', 'apt-get install asks'],
    [' --no-install-recommends', '', 'apt-get install brings what is only recommended'],
    [' && rm -rf /var/lib/apt/lists/*', '', "apt's lists stay in the layer"],
    ['USER app', 'USER app\nUSER root', 'the user is not app'],
    ['USER app', 'USER 10001', 'the user is not app'],
    ['USER app\n', '', 'the user is not app'],
    ['ENTRYPOINT ["tini", "--"]\n', '', 'ENTRYPOINT is missing'],
    ['["tini", "--"]', 'tini --', 'ENTRYPOINT is run by a shell, which swallows signals'],
    ['CMD ["node", "server.js"]\n', '', 'CMD is missing'],
    ['["node", "server.js"]', 'node server.js', 'CMD is run by a shell, which swallows signals'],
    ['["node", "server.js"]', '["npm", "start"]', 'npm as the command swallows signals'],
    ['["healthcheck"]', 'healthcheck', 'HEALTHCHECK is run by a shell, which swallows signals'],
    ['STOPSIGNAL SIGTERM\n', '', 'STOPSIGNAL is missing'],
    ['COPY --from=build /app /app', 'COPY . /app', 'the whole context goes into the image'],
    ['COPY --from', 'COPY --chown=app --from', 'files belong to who runs them, and can be written']
  ]
  for (const [from, to, finding] of cases) {
    t.match([...dockerfileFindings(good.replace(from, to))], [finding], finding)
  }
})
