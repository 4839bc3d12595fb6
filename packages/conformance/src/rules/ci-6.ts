import { isResolved } from '../dockerfile/expand.ts'
import type { DockerfileFacts } from '../dockerfile/stages.ts'
import type { ImageFacts } from '../image/facts.ts'
import { object, text } from '../repository/yaml.ts'
import { type Facts, type Finding, fail, links, pass, type Rule } from '../rule.ts'
import { isEnvFile, isKnownSecret, isSecretFile, isSecretName, isSecretValue } from '../secrets.ts'
import { jobsOf, type Step } from './lib/ci.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

const MOUNT = 'Mount it: RUN --mount=type=secret,id=NAME, or pass it when the container starts.'

function* ofDockerfile(dockerfile: DockerfileFacts): Generator<Finding> {
  const { variables, copies, runs } = dockerfile
  let found = false
  for (const { keyword, name, value, line } of variables) {
    // An ARG is there to be filled in; a blank ENV holds nothing, nor does one that the host fills in.
    const named = isSecretName(name) && (keyword === 'ARG' || (value !== '' && value !== undefined))
    const held = value !== undefined && isResolved(value) && isSecretValue(value)
    if (!named && !held) continue
    found = true
    const stays = keyword === 'ARG' ? "stays in the image's history" : 'stays in the image'
    yield fail(`${keyword} ${name} holds a secret, which ${stays}.`, inDockerfile(dockerfile, line), MOUNT)
  }
  for (const { sources, from, line } of copies) {
    const secret = from === undefined ? sources.find((source) => isSecretFile(source)) : undefined
    if (!secret) continue
    found = true
    yield fail(
      `${secret} holds a secret, and is copied into the image.`,
      inDockerfile(dockerfile, line),
      MOUNT
    )
  }
  for (const { text, line } of runs) {
    if (!isSecretValue(text)) continue
    found = true
    yield fail(
      "A secret is written in a RUN, which stays in the image's history.",
      inDockerfile(dockerfile, line),
      MOUNT
    )
  }
  if (!found) yield pass('No secret is in ARG, ENV, COPY or RUN.', inDockerfile(dockerfile))
}

function* ofImage(image: ImageFacts): Generator<Finding> {
  let found = false
  for (const [name, value] of image.config.env) {
    if (!(isSecretName(name) && value !== '') && !isSecretValue(value)) continue
    found = true
    yield fail(`The variable ${name} of the image holds a secret.`, inConfig(image, `Env/${name}`), MOUNT)
  }
  for (const [index, command] of image.config.history.entries()) {
    // The values of ARG stand before the command: |1 TOKEN=… /bin/sh -c.
    const args = /^(?:RUN )?\|\d+ ([\s\S]*?) \/bin\//.exec(command)?.[1] ?? ''
    const named = [...args.matchAll(/(?:^|\s)([A-Za-z_]\w*)=(\S+)/g)].find(([, name = '']) =>
      isSecretName(name)
    )?.[1]
    if (!named && !isSecretValue(command)) continue
    found = true
    yield fail(
      `The history holds ${named ? `the value of ${named}` : 'a secret'}.`,
      inConfig(image, `History/${index}`),
      MOUNT
    )
  }
  for (const { layer, path, what } of image.secrets) {
    if (isEnvFile(path)) continue
    found = true
    yield fail(
      `A layer holds ${what}, which stays there also where a later layer deletes it.`,
      { layer, path },
      MOUNT
    )
  }
  if (!found) yield pass('No secret is in the variables, the history or the layers.', inConfig(image, 'Env'))
}

const SECRET = /\$\{\{[^}]*\bsecrets\.(?!GITHUB_TOKEN)\w+[^}]*\}\}/

/** How a step gives a secret away; undefined where it doesn't. */
function leakOf({ run, uses, with: settings, env }: Step): string | undefined {
  // What goes to a file or to another command is not printed.
  const printed = run
    .split('\n')
    .some((line) => /\b(?:echo|printf)\b.*\$\{\{\s*secrets\./.test(line) && !/[|>]/.test(line))
  if (printed) return 'prints a secret to the log'
  if (/--build-arg[= ]\s*["']?\w+=["']?\$\{\{\s*secrets\./.test(run))
    return "hands a secret to a build as an ARG, which stays in the image's history"
  const secretEnv = Object.entries(object(env))
    .filter(([, value]) => SECRET.test(text(value)))
    .map(([name]) => name)
  if (
    secretEnv.some((name) =>
      new RegExp(
        `--build-arg[= ]\\s*["']?\\w+=["']?\\$\\{?${name}\\b|--build-arg[= ]\\s*["']?${name}(?:\\s|$)`
      ).test(run)
    )
  ) {
    return "hands a secret to a build as an ARG, which stays in the image's history"
  }
  if (/^docker\/build-push-action\b/.test(uses) && SECRET.test(text(settings['build-args']))) {
    return "hands a secret to a build as an ARG, which stays in the image's history"
  }
  if (isKnownSecret(run) || isKnownSecret(JSON.stringify(settings)) || isKnownSecret(JSON.stringify(env)))
    return 'has a secret written in it'
  return undefined
}

function* ofWorkflows(facts: Facts): Generator<Finding> {
  const jobs = jobsOf(facts)
  const faulty = new Set<string>()
  for (const job of jobs) {
    for (const step of job.steps) {
      const leak = leakOf(step)
      if (!leak) continue
      faulty.add(step.file)
      yield fail(
        `A step ${leak}.`,
        { file: step.file, line: step.line },
        'Hand it over as a secret mount, or in the environment of the one command that needs it.'
      )
    }
  }
  for (const document of facts.repository?.github ?? []) {
    const on = object(document.value).on
    const target =
      text(on) === 'pull_request_target' || JSON.stringify(on ?? '').includes('"pull_request_target"')
    if (!target) continue
    const checkout = jobs
      .filter(({ file }) => file === document.file)
      .flatMap(({ steps }) => steps)
      .find(
        ({ uses, with: settings }) =>
          uses.startsWith('actions/checkout@') &&
          /github\.(?:event\.pull_request\.head|head_ref)|refs\/pull/.test(
            `${text(settings.ref)} ${text(settings.repository)}`
          )
      )
    if (!checkout) continue
    faulty.add(document.file)
    yield fail(
      "pull_request_target checks out the pull request's code, which gets the repository's secrets.",
      { file: checkout.file, line: checkout.line },
      'Run the code of pull requests on pull_request, which has no secrets.'
    )
  }
  for (const file of new Set(jobs.map((job) => job.file))) {
    if (!faulty.has(file)) yield pass('No step gives a secret away.', { file, line: 1 })
  }
}

const rule: Rule = {
  id: 'CI-6',
  level: 'MUST',
  title: 'No secret is exposed',
  looksAt:
    'ARG, ENV, COPY and RUN of the shipped stage; variables, history and layers of an image; workflows of GitHub and CircleCI',
  fix: MOUNT,
  link: links.ci,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield* ofDockerfile(dockerfile)
    for (const image of imagesOf(facts)) yield* ofImage(image)
    yield* ofWorkflows(facts)
  }
}
export default rule
