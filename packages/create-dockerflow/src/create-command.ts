import { readdirSync, rmSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import {
  type Answers,
  databases,
  languages,
  type Manager,
  managers,
  nameFault,
  parseRegistry,
  suggestName
} from './answers.ts'
import { UserError } from './errors.ts'
import { callerOf, oneOf, parse, parseWarn, registryFault, shared } from './options.ts'
import { newProject } from './project.ts'
import { type Command, Interrupted, installCommand, prove, versionOf } from './proof.ts'
import { databaseOptions, type Questions } from './questions.ts'
import { runCommand } from './run.ts'
import { readManifest, readOrigin, readTemplates } from './templates.ts'
import type { Terminal } from './terminal.ts'
import { writeAll } from './write.ts'

const help = `usage: npm create dockerflow [-- FOLDER] [options]

Creates a Fastify service that complies with Dockerflow: its code, tests, image
and delivery. Then it installs, tests and checks it. Without a terminal it asks
nothing: what no flag says has its default. npm wants -- before flags.

      --name NAME              the package's name; default: the folder's
      --language LANGUAGE      typescript (default) or javascript
      --package-manager NAME   npm, pnpm or yarn; default: what runs this command
      --database DATABASE      sqlite (default), postgres, mysql or none
      --redis                  with Redis
      --warn NAMES             what the service works without, such as
                               database,redis: its loss is a warning, and no
                               error; default: redis
      --registry REPOSITORY    none (default), or the repository in Artifact
                               Registry that GitHub pushes the image to, such as
                               europe-west1-docker.pkg.dev/my-project/containers
      --kubernetes             with manifests

  -y, --yes                    ask nothing
      --dry-run                print what it would write
      --no-install             only write: no install, test or check
      --force                  write into a folder that isn't empty, over files of
                               the same names
      --version                print the version
  -h, --help                   print this

exit code: 0; 1 for a failure; 2 for wrong usage
`

const options = {
  ...shared,
  language: { type: 'string' },
  'package-manager': { type: 'string' },
  database: { type: 'string' },
  redis: { type: 'boolean' }
} as const

type Flags = ReturnType<typeof parse<typeof options>>['flags']

/** The names in a folder; none where it isn't there. */
function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR') throw new UserError(`${folder} is a file; choose another name`)
    throw new UserError(`${folder}: it can't be read (${code})`)
  }
}

/** The package manager, with the version that the project pins, where it pins one. */
function pickManager(flags: Flags, folder: string, { environment }: Terminal) {
  const caller = callerOf(environment)
  const manager: Manager =
    oneOf('package-manager', flags['package-manager'], managers) ?? caller?.manager ?? 'npm'
  const isRun = flags.install && !flags['dry-run']
  const installed = caller?.manager === manager ? caller.version : versionOf(manager, folder)
  if (isRun && installed === undefined)
    throw new UserError(`${manager} is not installed: install it, or choose another --package-manager`)
  const version = manager === 'npm' ? undefined : (installed ?? readTemplates().versions[manager])
  return { manager, managerVersion: version }
}

const fault = (value: string) => {
  const reason = nameFault(value)
  return reason && `${reason}; such as ${suggestName(value)}`
}

/** What no flag says is asked, or has its default. */
async function answer(flags: Flags, folder: string, questions: Questions | undefined) {
  const name = flags.name ?? basename(folder)
  const wrong = nameFault(name)
  if (wrong) {
    throw new UserError(
      `npm refuses the name ${JSON.stringify(name)}: ${wrong}; give another, such as --name ${suggestName(name)}`,
      2
    )
  }
  const language = oneOf('language', flags.language, languages) ?? 'typescript'
  const givenRegistry = flags.registry === undefined ? undefined : { is: parseRegistry(flags.registry) }
  const database =
    oneOf('database', flags.database, databases) ??
    (await questions?.choose('Which database?', databaseOptions)) ??
    'sqlite'
  const askedRedis =
    flags.redis === undefined && flags.warn === undefined
      ? await questions?.choose('Redis?', [
          ['no', 'no'],
          ['warns', 'yes; without it the service still works: its loss is a warning'],
          ['fails', 'yes; without it the service fails']
        ])
      : undefined
  const redis = flags.redis ?? (askedRedis !== undefined && askedRedis !== 'no')
  const dependencies = [...(database === 'none' ? [] : ['database']), ...(redis ? ['redis'] : [])]
  const warn = parseWarn(flags.warn, dependencies) ?? (redis && askedRedis !== 'fails' ? ['redis'] : [])
  const registry =
    givenRegistry ??
    (questions && {
      is: parseRegistry(
        await questions.text(
          'Push the image to Artifact Registry? Its repository, such as europe-west1-docker.pkg.dev/my-project/containers',
          'none',
          registryFault
        )
      )
    })
  const kubernetes =
    flags.kubernetes ?? (await questions?.confirm('Manifests for Kubernetes?', false)) ?? false
  return { name, language, database, redis, warn: new Set(warn), registry: registry?.is, kubernetes }
}

async function create(args: string[], terminal: Terminal): Promise<void> {
  const { flags, folder: given } = parse(args, options)
  const { print } = terminal
  if (flags.help) return print(help.trimEnd())
  if (flags.version) return print(readManifest().version)

  const questions = flags.yes ? undefined : await terminal.questions()
  const named = given ?? (flags.yes && !flags.name ? 'my-service' : flags.name?.replace(/^@[^/]*\//, ''))
  const asked = named ?? (await questions?.text('Which folder, and name?', 'my-service', fault))
  if (asked === undefined)
    throw new UserError('say which folder to create, such as `npm create dockerflow my-service`, or --yes', 2)
  const folder = resolve(terminal.cwd, asked)
  const shown = relative(terminal.cwd, folder) || '.'

  const before = entriesOf(folder)
  if (before.length > 0 && !flags.force) {
    throw new UserError(
      `${shown} is not empty: choose another folder, or add Dockerflow to the service in it with \`npx dockerflow init\`; --force writes into it`
    )
  }
  const answers: Answers = {
    ...pickManager(flags, terminal.cwd, terminal),
    ...(await answer(flags, folder, questions))
  }
  const origin = readOrigin()
  const files = newProject(answers, origin)
  const written = flags['dry-run'] ? 'would write' : 'wrote'
  if (!flags['dry-run']) writeAll(folder, files)
  for (const path of files.keys()) print(`${written} ${join(shown, path)}`)
  if (answers.registry && !origin)
    print('no workflow: this package names no repository and commit of the workflow that it would call')
  if (flags['dry-run']) return

  const { manager } = answers
  const commands: Command[] = [
    installCommand(manager, answers.managerVersion),
    [manager, 'test'],
    [manager, 'run', 'check']
  ]
  if (flags.install) {
    try {
      await prove(commands, folder, print)
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error
      // What an install had begun.
      if (!before.includes('node_modules'))
        rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
      throw new Interrupted(`the files are written; go on with \`${manager} install\``)
    }
  }
  const isServer = answers.database === 'postgres' || answers.database === 'mysql'
  const next = [
    ...(shown === '.' ? [] : [`cd ${shown}`]),
    ...(flags.install ? [] : [`${manager} install`]),
    ...(isServer ? [] : [`${manager} run dev`]),
    'docker compose up --build',
    'curl http://localhost:8000/__heartbeat__'
  ]
  print(
    `\nNext:\n${next
      .slice(0, 3)
      .map((line) => `  ${line}\n`)
      .join('')}`.trimEnd()
  )
}

/**
 * `create-dockerflow`: makes a new service.
 *
 * @returns the exit code: 0; 1 for a failure; 2 for wrong usage; 130 after Ctrl+C
 */
export const createCommand = (args: string[], terminal: Terminal, name = 'create-dockerflow') =>
  runCommand(name, terminal, () => create(args, terminal))
