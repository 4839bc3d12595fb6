// Runs where there is only Node and this folder, as in a stage of a Docker build: imports nothing from npm.
import { randomUUID } from 'node:crypto'
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { fromCi } from './ci.ts'
import { askGit } from './git.ts'
import { findFaults } from './release.ts'
import { repositoryUrl, stripCredentials } from './url.ts'
import { MEMBERS, type Member } from './version-object.ts'

const help = (name: string) => `usage: ${name} [options]

Writes Dockerflow's version object. Each member comes from its flag, else from
what CI says (GitHub Actions, CircleCI, Taskcluster), else from git, else it is
blank. A blank flag counts as not given.

  -o, --output FILE    write to FILE, whole or not at all; default: stdout
      --source URL     the repository
      --version TEXT   the version, such as a tag
      --commit HASH    the commit
      --build URL      the CI job
      --release        refuse, and write nothing, unless source and build are
                       http(s) URLs, version is neither blank nor a placeholder,
                       and commit is 40 hex digits
  -h, --help           show this

exit code: 0 written; 1 refused, or can't be written; 2 wrong usage
`

type Say = (line: string) => void

function parse(args: string[], name: string, say: Say) {
  const options = {
    output: { type: 'string', short: 'o' },
    source: { type: 'string' },
    version: { type: 'string' },
    commit: { type: 'string' },
    build: { type: 'string' },
    release: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' }
  } as const
  try {
    return parseArgs({ args, options }).values
  } catch (err) {
    say(`${(err as Error).message.split('\n')[0]}; see ${name} --help`)
    return null
  }
}

/** The version object, out of flags, CI and git; and the warnings, of members that git was asked for in vain. */
async function collect(flags: Partial<Record<Member, string>>) {
  const { source = '', version = '', commit = '', build = '' } = flags
  // A source that is no URL stays as it was given: --release shall name it.
  const given = {
    source: repositoryUrl(source) || stripCredentials(source),
    version,
    commit,
    build: stripCredentials(build)
  }
  const ci = fromCi(process.env)
  const object = { source: '', version: '', commit: '', build: '' }
  const failures = new Map<string, Member[]>()
  for (const name of MEMBERS) {
    const known = [given[name], ci[name]].find((value) => value?.trim())
    const answer = known ? { value: known } : await askGit(name)
    if ('value' in answer) object[name] = answer.value
    else failures.set(answer.failure, [...(failures.get(answer.failure) ?? []), name])
  }
  const warnings = [...failures].map(([failure, names]) => `blank: ${names.join(', ')} (${failure})`)
  return { object, warnings }
}

/** All of `text` or none of it. A link stays a link; what is no file, such as a device, is written as it is. */
function replaceFile(path: string, text: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats && !stats.isFile()) {
    writeFileSync(path, text)
    return
  }
  const target = stats ? realpathSync(path) : path
  const temporary = join(dirname(target), `.${randomUUID()}.tmp`)
  try {
    writeFileSync(temporary, text, { flag: 'wx', flush: true })
    renameSync(temporary, target)
  } catch (err) {
    rmSync(temporary, { force: true })
    throw err
  }
}

/** Writes to `output`, or to stdout. The exit code. */
function write(text: string, say: Say, output?: string): number {
  try {
    if (output === undefined) writeFileSync(1, text)
    else replaceFile(output, text)
    return 0
  } catch (err) {
    say(`can not write ${JSON.stringify(output ?? 'stdout')}: ${(err as Error).message}`)
    return 1
  }
}

/**
 * The command `dockerflow-version`, which is `dockerflow version` as well: writes a version object.
 *
 * @param args what follows the command's name
 * @param name what its help and its messages call it
 * @returns the exit code: 0 written; 1 refused, or can't be written; 2 wrong usage
 */
export async function versionCommand(args: string[], name = 'dockerflow-version'): Promise<number> {
  const say = (line: string) => void process.stderr.write(`${name}: ${line}\n`)
  const options = parse(args, name, say)
  if (!options) return 2
  const { output, release, help: asked, ...flags } = options
  if (asked) return write(help(name), say)
  const { object, warnings } = await collect(flags)
  const faults = release ? findFaults(object) : []
  if (faults.length > 0) {
    say(`no release: ${[...faults, ...warnings].join('; ')}`)
    return 1
  }
  for (const warning of warnings) say(warning)
  return write(`${JSON.stringify(object, null, 2)}\n`, say, output)
}
