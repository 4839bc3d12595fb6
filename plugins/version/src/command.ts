// Runs where there is only Node and this folder, as in a stage of a Docker build: imports nothing from npm.
import { randomUUID } from 'node:crypto'
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { collect } from './collect.ts'
import { findFaults } from './release.ts'

const help = (name: string) => `usage: ${name} [options]

Writes Dockerflow's version object. Each member comes from its flag, else from
what CI says (GitHub Actions, GitLab, CircleCI, Buildkite, Bitbucket, Cloud
Build, Taskcluster), else from git, else it is blank. A blank flag counts as not
given. Where CI names another commit than the checkout, the checkout counts.

  -o, --output FILE    write to FILE, whole or not at all; default: stdout
      --source URL     the repository
      --version TEXT   the version, such as a tag
      --commit HASH    the commit
      --build URL      the CI job
      --release        refuse, and write nothing, unless source and build are
                       http(s) URLs, version is neither blank nor a placeholder,
                       and commit is 40 hex digits; nor from a pull request,
                       from changes that are not committed, or where CI names
                       another commit than the checkout
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

/** All of `text` or none of it. A link stays a link; a device is written as it is. */
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
  const { object, warnings: blanks, contradiction, doubts } = await collect(flags, process.env)
  const warnings = contradiction === undefined ? blanks : [contradiction, ...blanks]
  const faults = release ? [...doubts, ...findFaults(object)] : []
  if (faults.length > 0 || (release && contradiction !== undefined)) {
    say(`no release: ${[...faults, ...warnings].join('; ')}`)
    return 1
  }
  for (const warning of warnings) say(warning)
  return write(`${JSON.stringify(object, null, 2)}\n`, say, output)
}
