import { existsSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { type Answers, nameFault, parseRegistry, suggestName } from './answers.ts'
import { diff } from './diff.ts'
import { usuallyWarns } from './drivers.ts'
import { UserError } from './errors.ts'
import { parse, parseWarn, registryFault, shared } from './options.ts'
import { planInit } from './plan.ts'
import { type Command, Interrupted, installCommand, prove, versionOf } from './proof.ts'
import type { Questions } from './questions.ts'
import { runCommand } from './run.ts'
import { readService, type Service } from './service.ts'
import { readManifest, readOrigin, readTemplates } from './templates.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { writeAll } from './write.ts'

const help = (name: string) => `usage: ${name} [FOLDER] [options]

Makes the Fastify service in a folder, by default this one, comply with
Dockerflow. It shows what it would change as a diff, changes code only where
that is certain, and prints the lines to paste where it isn't. It overwrites no
file of yours, and a second run changes nothing. Without a terminal it asks
nothing: what no flag says has its default.

      --name NAME              what the log and the image are called; default:
                               the name in package.json
      --warn NAMES             which detected dependencies the service works
                               without, such as redis: their loss is a warning,
                               and no error; default: redis
      --registry REPOSITORY    none (default), or the repository in Artifact
                               Registry that GitHub pushes the image to, such as
                               europe-west1-docker.pkg.dev/my-project/containers
      --kubernetes             with manifests

  -y, --yes                    ask nothing
      --dry-run                print what it would do
      --no-install             only write: no install, test or check
      --force                  put our Dockerfile, compose file and the like in
                               place of yours
      --version                print the version
  -h, --help                   print this

exit code: 0; 1 for a failure; 2 for wrong usage
`

/** What no flag says is asked, or has its default. */
async function answer(
  flags: ReturnType<typeof parse<typeof shared>>['flags'],
  service: Service,
  questions: Questions | undefined
): Promise<Answers> {
  const given = flags.name ?? service.manifest.name
  const name = given ?? suggestName(basename(service.folder))
  const fault = nameFault(name)
  if (fault)
    throw new UserError(
      `npm refuses the name ${JSON.stringify(name)}: ${fault}; give another, such as --name ${suggestName(name)}`,
      2
    )
  const registry = flags.registry === undefined ? undefined : { is: parseRegistry(flags.registry) }
  const labels = [...service.drivers.keys()]
  const usual = labels.filter((label) => usuallyWarns.includes(label))
  const warn =
    parseWarn(flags.warn, labels) ??
    (labels.length > 0
      ? await questions?.chooseSome('Which of these does the service work without?', labels, usual)
      : undefined) ??
    usual
  const is = registry
    ? registry.is
    : questions &&
      parseRegistry(
        await questions.text(
          'Push the image to Artifact Registry? Its repository, such as europe-west1-docker.pkg.dev/my-project/containers',
          'none',
          registryFault
        )
      )
  const kubernetes =
    flags.kubernetes ?? (await questions?.confirm('Manifests for Kubernetes?', false)) ?? false
  const { manager } = service
  const pinned = new RegExp(`^${manager}@([\\d.]+)`).exec(service.manifest.packageManager ?? '')?.[1]
  return {
    name,
    language: service.isTypeScript ? 'typescript' : 'javascript',
    manager,
    managerVersion:
      pinned ??
      (manager === 'npm'
        ? undefined
        : (versionOf(manager, service.folder) ?? readTemplates().versions[manager])),
    database: 'none',
    redis: false,
    warn: new Set(warn),
    registry: is,
    kubernetes
  }
}

async function init(args: string[], terminal: Terminal, name: string, checks: Command): Promise<void> {
  const { flags, folder: given = '.' } = parse(args, shared)
  const { print } = terminal
  if (flags.help) return print(help(name).trimEnd())
  if (flags.version) return print(readManifest().version)

  const folder = resolve(terminal.cwd, given)
  const service = readService(folder)
  if (service.git === 'none')
    print(
      "warning: this isn't in a git repository: what changes can't be taken back with git, and the image won't know its commit"
    )
  if (service.git === 'changed')
    print('warning: some changes are not committed: commit them first if you want to see these apart')
  const isRun = flags.install && !flags['dry-run']
  if (isRun && versionOf(service.manager, folder) === undefined)
    throw new UserError(
      `${service.manager} is not installed: install it, or leave out the install with --no-install`
    )
  const questions = flags.yes ? undefined : await terminal.questions()
  const answers = await answer(flags, service, questions)
  const origin = readOrigin()
  const { added, changed, pastes, left } = planInit(service, answers, origin, flags.force ?? false)

  const would = flags['dry-run'] ? 'would ' : ''
  if (added.size + changed.size === 0) print('nothing to add or change')
  for (const path of added.keys()) print(`${would}add ${path}`)
  for (const [path, { text }] of changed) {
    print(`${would}change ${path}`)
    print(diff(path, readFileSync(join(folder, path), 'utf8'), text))
  }
  for (const path of left) print(`left alone ${path}`)
  if (answers.registry && !origin)
    print('no workflow: this package names no repository and commit of the workflow that it would call')
  if (!flags['dry-run'] && added.size + changed.size > 0) writeAll(folder, new Map([...added, ...changed]))
  if (pastes.length > 0) print('\nPaste these yourself:')
  for (const { where, lines } of pastes)
    print([`\n${where}:`, ...lines.map((line) => `  ${line}`)].join('\n'))
  if (flags['dry-run']) return

  const { manager, manifest } = service
  // A package of a monorepo has its Dockerfile and workflows at the root, or none yet.
  const isCheckable =
    !service.isInMonorepo ||
    ['Dockerfile', 'docker', '.github/workflows'].some((path) => existsSync(join(service.root, path)))
  if (flags.install) {
    if (!isCheckable) print(`not checked: ${service.root} has no Dockerfile and no workflow yet`)
    const commands: Command[] = [
      installCommand(manager, answers.managerVersion),
      ...(manifest.scripts?.test ? [[manager, 'test'] as Command] : []),
      ...(isCheckable ? [[...checks, relative(folder, service.root) || '.'] as Command] : [])
    ]
    await prove(commands, folder, print).catch((error) => {
      throw error instanceof Interrupted
        ? new Interrupted(`the files are written; go on with \`${manager} install\``)
        : error
    })
  }
  const next = [
    ...(flags.install ? [] : [`${manager} install`]),
    ...(manifest.scripts?.start ? [`${manager} start`] : []),
    ...(added.has('Dockerfile') ? ['docker build .'] : []),
    'npx dockerflow check . --profile strict'
  ]
  print(
    `\nNext:\n${next
      .slice(0, 3)
      .map((line) => `  ${line}`)
      .join('\n')}`
  )
}

/**
 * `dockerflow init`: makes a service that is there comply.
 *
 * @param args what follows the command's name
 * @param name what its lines begin with
 * @param checks the command that checks a folder, and its arguments
 * @returns the exit code: 0; 1 for a failure; 2 for wrong usage; 130 after Ctrl+C
 */
export const initCommand = (
  args: string[],
  name: string,
  checks: [program: string, ...args: string[]],
  terminal: Terminal = processTerminal()
): Promise<number> => runCommand(name, terminal, () => init(args, terminal, name, checks))
