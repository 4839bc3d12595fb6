import { parseArgs } from 'node:util'
import type { CheckOptions, Outcome } from './check.ts'
import { ConformanceError } from './errors.ts'
import { type FailOn, PROFILES, type Profile } from './profiles.ts'

const HELP = `usage: NAME [target]... [options]

Checks whether a service complies with Dockerflow. A target is one of these; the
default is the repository in this folder:

  https://shop.example     a running service
  Dockerfile               one Dockerfile
  .                        a repository: its Dockerfile, .dockerignore,
                           version.json, workflows, compose files, manifests
  image.tar, ./oci-layout  an image: of docker save, an OCI archive or layout
  docker://shop:1.2        an image in a Docker engine

Several targets of one service are judged together.

      --image TARGET       one more target: an image
      --url URL            one more target: a running service
      --target STAGE       the stage of the Dockerfile that is shipped; default:
                           the last one
      --prefix PATH        stands before the path of each endpoint
      --header 'NAME: V'   sent with each request; may be repeated
      --timeout SECONDS    how long each answer may take; default: 10
      --run                start the image, and ask it
      --env NAME=VALUE     a variable of the container; may be repeated
      --dependency N=PORT  with --run: a backing service that the container knows
                           as N; it is cut and hung while lbheartbeat is asked

      --profile NAME       spec (default): the specification; strict: also what it
                           recommends; mozcloud: also the platform's own probes
      --fail-on LEVEL      must, should or may: from which level on a fail counts
      --require ID,...     rules whose unknowns are fails
      --config FILE        waivers and the like; default: dockerflow.yaml
      --baseline FILE      a report of --format json, whose fails are waived

      --format FORMAT      text (default), json, sarif, markdown or github; may be
                           repeated, as FORMAT=FILE too, which goes to FILE
  -o, --output FILE        write the report to FILE; default: stdout
      --color, --no-color  default: when stdout is a terminal
      --list               print the rules
      --explain ID         print one rule
  -h, --help               show this

exit code: 2 when a target can't be read or for wrong usage, else 1 for a fail that
counts, else 0
`

const FORMATS = ['text', 'json', 'sarif', 'markdown', 'github'] as const
type Format = (typeof FORMATS)[number]

const OPTIONS = {
  image: { type: 'string', multiple: true },
  url: { type: 'string', multiple: true },
  target: { type: 'string' },
  prefix: { type: 'string' },
  header: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  run: { type: 'boolean' },
  env: { type: 'string', multiple: true },
  dependency: { type: 'string', multiple: true },
  profile: { type: 'string' },
  'fail-on': { type: 'string' },
  require: { type: 'string', multiple: true },
  config: { type: 'string' },
  baseline: { type: 'string' },
  format: { type: 'string', multiple: true },
  output: { type: 'string', short: 'o' },
  color: { type: 'boolean' },
  'no-color': { type: 'boolean' },
  list: { type: 'boolean' },
  explain: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' }
} as const

/** Wrong usage, in words. */
class UsageError extends Error {}

const oneOf = <T extends string>(
  name: string,
  value: string | undefined,
  known: readonly T[]
): T | undefined => {
  if (value === undefined || known.includes(value as T)) return value as T | undefined
  throw new UsageError(`--${name} is one of ${known.join(', ')}, not ${JSON.stringify(value)}`)
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true })
  } catch (err) {
    throw new UsageError((err as Error).message.split('\n')[0])
  }
}

function headersOf(lines: string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const found = /^([\w!#$%&'*+.^`|~-]+):\s*([^\r\n]*)$/.exec(line)
      if (!found) throw new UsageError("--header is 'NAME: VALUE'")
      return [found[1] as string, found[2] as string]
    })
  )
}

/** A report that is wanted: in which form, and where. */
interface Wanted {
  format: Format
  /** A file; stdout by default. */
  output: string | undefined
}

function formatsOf({ format = ['text'], output }: ReturnType<typeof parse>['values']): Wanted[] {
  return format.map((text) => {
    const [, name = '', file] = /^([^=]*)(?:=(.+))?$/s.exec(text) ?? []
    return { format: oneOf('format', name, FORMATS) as Format, output: file ?? output }
  })
}

function toOptions({ values, positionals }: ReturnType<typeof parse>): CheckOptions & { reports: Wanted[] } {
  const {
    image = [],
    url = [],
    target,
    prefix,
    header = [],
    timeout,
    run,
    env = [],
    dependency = []
  } = values
  const targets = [...positionals, ...image, ...url]
  const seconds = timeout === undefined ? undefined : Number(timeout)
  if (seconds !== undefined && !(seconds > 0 && seconds <= 3600)) {
    throw new UsageError('--timeout is a number of seconds, above 0 and up to 3600')
  }
  for (const name of url)
    if (!URL.canParse(name)) throw new UsageError(`--url is a URL, not ${JSON.stringify(name)}`)
  for (const pair of dependency) {
    if (!/^[\w.-]+=\d{1,5}$/.test(pair)) throw new UsageError('--dependency is NAME=PORT')
  }
  for (const pair of env) if (!/^[A-Za-z_]\w*(?:=|$)/.test(pair)) throw new UsageError('--env is NAME=VALUE')
  if (run && !targets.some((name) => name.startsWith('docker://'))) {
    throw new UsageError('--run takes a target docker://NAME, which an engine has')
  }
  return {
    targets: targets.length > 0 ? targets : ['.'],
    stage: target,
    prefix: prefix === undefined ? undefined : `/${prefix.replace(/^\/+|\/+$/g, '')}`,
    headers: headersOf(header),
    timeout: seconds === undefined ? undefined : seconds * 1000,
    run: run ? { env, dependencies: dependency } : undefined,
    profile: oneOf('profile', values.profile, Object.keys(PROFILES) as Profile[]),
    failOn: oneOf('fail-on', values['fail-on'], ['must', 'should', 'may'] as FailOn[]),
    require: values.require?.flatMap((list) => list.split(',').map((id) => id.trim())).filter(Boolean),
    config: values.config,
    baseline: values.baseline,
    reports: formatsOf(values)
  }
}

/** Whether colours are wanted: asked for, or on a terminal that has them. */
function wantsColor({ color, 'no-color': none, output }: ReturnType<typeof parse>['values']): boolean {
  if (color || none) return Boolean(color && !none)
  const { FORCE_COLOR, NO_COLOR, TERM } = process.env
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0'
  return output === undefined && process.stdout.isTTY === true && TERM !== 'dumb'
}

async function render(format: Format, outcome: Outcome, color: boolean): Promise<string> {
  const { report } = outcome
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
    case 'sarif':
      return (await import('./output/sarif.ts')).toSarif(report)
    case 'markdown':
      return (await import('./output/markdown.ts')).toMarkdown(outcome)
    case 'github':
      return (await import('./output/github.ts')).toGithub(report)
    default:
      return (await import('./output/text.ts')).toText(outcome, { color, width: widthOf() })
  }
}

const widthOf = () => Math.min(Math.max(process.stdout.columns || 80, 40), 100)

/**
 * The command `dockerflow check`.
 *
 * @param args what follows the command's name
 * @param name what it is called in messages
 * @returns the exit code: 2 where a target can't be read or for wrong usage, 1 for a fail that counts, else 0
 */
export async function checkCommand(args: string[], name: string): Promise<number> {
  const say = (line: string) => void process.stderr.write(`${name}: ${line}\n`)
  try {
    const parsed = parse(args)
    const { values } = parsed
    if (values.help) {
      process.stdout.write(HELP.replace('NAME', name))
      return 0
    }
    const color = wantsColor(values)
    if (values.list || values.explain) return await explain(values.explain, say, color)
    const { reports, ...options } = toOptions(parsed)
    const progress = startProgress()
    // The rules are loaded when they are wanted: help and wrong usage are said at once.
    const { check } = await import('./check.ts')
    const outcome = await check({ ...options, onProgress: progress.say }).finally(progress.end)
    for (const line of outcome.unreadable) say(line)
    for (const { format, output } of reports) await write(await render(format, outcome, color), output)
    return outcome.exitCode
  } catch (err) {
    if (err instanceof UsageError) say(`${err.message}; see ${name} --help`)
    else if (err instanceof ConformanceError) say(err.message)
    else throw err
    return 2
  }
}

async function explain(
  wanted: string[] | undefined,
  say: (line: string) => void,
  color: boolean
): Promise<number> {
  const { explainRule, listRules } = await import('./output/rules.ts')
  if (!wanted) {
    await write(listRules(widthOf(), color))
    return 0
  }
  const { ruleOf } = await import('./check.ts')
  for (const id of wanted) {
    const rule = ruleOf(id)
    if (!rule) {
      say(`${id} is not the id of a rule; --list prints them`)
      return 2
    }
    await write(explainRule(rule, widthOf()))
  }
  return 0
}

/** Writes all of `text` to a file, or to stdout, also where that is a pipe. */
async function write(text: string, output?: string): Promise<void> {
  if (output === undefined) {
    await new Promise<void>((resolve) => {
      // A reader that left, such as `head`, is no failure.
      process.stdout.once('error', () => resolve())
      process.stdout.write(text, () => resolve())
    })
    return
  }
  const { writeFileSync } = await import('node:fs')
  try {
    writeFileSync(output, text)
  } catch (err) {
    throw new ConformanceError(`${output} can not be written: ${(err as NodeJS.ErrnoException).code}`)
  }
}

/** Says on stderr what is going on, where it takes over a second; on a terminal the line is taken back at the end. */
function startProgress() {
  const { stderr } = process
  let shown = false
  let what = ''
  const show = () => {
    if (stderr.isTTY) stderr.write(`\r\u001b[K${what} …`)
    else stderr.write(`${what} …\n`)
    shown = true
  }
  let timer: NodeJS.Timeout | undefined
  return {
    say(next: string) {
      what = next
      if (shown) show()
      else timer ??= setTimeout(show, 1000).unref()
    },
    end() {
      clearTimeout(timer)
      if (shown && stderr.isTTY) stderr.write('\r\u001b[K')
    }
  }
}
