import { type Answers, shortName } from './answers.ts'
import { select } from './conditions.ts'
import { type Origin, readTemplates } from './templates.ts'

/** A file to write. */
export interface NewFile {
  text: string
  executable?: boolean
}

/** What a project has, by path, in the order of the paths. */
export type Files = Map<string, NewFile>

/** Which files a project has only under a condition. */
const fileConditions: [pattern: RegExp, condition: string][] = [
  [/^tsconfig.*\.json$/, 'typescript'],
  [/^kubernetes\//, 'kubernetes'],
  [/^scripts\/setup-gcp\.sh$/, 'registry'],
  [/^\.github\/workflows\/container\.yml$/, 'workflow'],
  [/^\.yarnrc\.yml$/, 'yarn-berry'],
  [/^src\/redis\.ts$/, 'redis'],
  [/^src\/database\.ts$/, 'database']
]

/** The dependencies that not every project has, and their condition. */
const dependencyConditions: Record<string, string> = {
  '@dockerflow/checks': 'checks',
  '@types/node': 'typescript',
  '@types/pg': 'typescript+postgres',
  ioredis: 'redis',
  mysql2: 'mysql',
  pg: 'postgres',
  typescript: 'typescript'
}

export function conditionsOf(answers: Answers, origin: Origin | undefined): Set<string> {
  const { database, language, manager, managerVersion, redis, registry, kubernetes, warn } = answers
  const isClassic = managerVersion?.startsWith('1.') ?? false
  const isServer = database === 'postgres' || database === 'mysql'
  const conditions: [string, boolean][] = [
    [language, true],
    [manager, true],
    [database, true],
    ['yarn-berry', manager === 'yarn' && !isClassic],
    ['yarn-classic', manager === 'yarn' && isClassic],
    ['server', isServer],
    ['database', database !== 'none'],
    ['database-warns', database !== 'none' && warn.has('database')],
    ['redis', redis],
    ['redis-warns', redis && warn.has('redis')],
    ['redis-fails', redis && !warn.has('redis')],
    ['services', isServer || redis],
    ['checks', database !== 'none' || redis],
    ['registry', registry !== undefined],
    ['workflow', registry !== undefined && origin !== undefined],
    ['kubernetes', kubernetes]
  ]
  return new Set(conditions.filter(([, is]) => is).map(([name]) => name))
}

const holdsAll = (condition: string, conditions: Set<string>) =>
  condition.split('+').every((term) => conditions.has(term))

/** `yarn@1.22.22`, and `@yarnpkg/cli-dist@4.18.1` of later ones, as npm has them. */
export const installable = (manager: string, version = 'latest') =>
  manager === 'yarn' && !version.startsWith('1.') ? `@yarnpkg/cli-dist@${version}` : `${manager}@${version}`

/** `europe-west1` and so on in place of what the template says. */
export function fillIn(text: string, answers: Answers, origin: Origin | undefined): string {
  const { manager, name, registry } = answers
  const filled = text
    .replaceAll('my-service', shortName(name))
    .replaceAll('PACKAGE_MANAGER', installable(manager, answers.managerVersion))
    // With an option it is npm's own, in the Dockerfile, where there is npm whatever the manager.
    .replace(/\bnpm (?=run [\w:]+(?![\w:]| --)|test\b)/g, `${manager} `)
    .replace(/^ *# In place of OWNER and COMMIT: .*\n/m, '')
  if (!registry) return filled
  return filled
    .replace('my-region', registry.region)
    .replace('my-project', registry.project)
    .replace('my-repository', registry.repository)
    .replace(/OWNER\/dockerflow(.*)@COMMIT/, `${origin?.repository}$1@${origin?.commit}`)
    .replace('OWNER/dockerflow', origin?.repository ?? 'OWNER/dockerflow')
}

type Strings = Record<string, string>

/** The template's manifest, as that of the project. */
function manifest(text: string, answers: Answers, conditions: Set<string>, versions: Strings): string {
  const { name, version, scripts, dependencies, devDependencies, engines, ...rest } = JSON.parse(text)
  const pinned = (names: Strings) =>
    Object.fromEntries(
      Object.keys(names)
        .filter((dependency) => {
          const condition = dependencyConditions[dependency]
          return condition === undefined || holdsAll(condition, conditions)
        })
        .map((dependency) => [dependency, versions[dependency]])
    )
  const isTypeScript = answers.language === 'typescript'
  const { manager, managerVersion } = answers
  return `${JSON.stringify(
    {
      name: answers.name,
      version,
      ...rest,
      ...(!isTypeScript && { main: 'src/server.js' }),
      ...(manager !== 'npm' && managerVersion && { packageManager: `${manager}@${managerVersion}` }),
      scripts: isTypeScript
        ? scripts
        : Object.fromEntries(
            Object.entries<string>(scripts)
              .filter(([script]) => !['build', 'typecheck'].includes(script))
              .map(([script, command]) => [script, command.replace(/\.ts\b/g, '.js')])
          ),
      dependencies: pinned(dependencies),
      devDependencies: pinned(devDependencies),
      engines
    },
    null,
    2
  )}\n`
}

/** All files of a new service. */
export function newProject(answers: Answers, origin: Origin | undefined): Files {
  const { files, versions } = readTemplates()
  const conditions = conditionsOf(answers, origin)
  const isTypeScript = answers.language === 'typescript'
  const found: Files = new Map()
  for (const [path, { text, javascript = text, executable = false }] of Object.entries(files)) {
    // `database.postgres.ts` is `database.ts` of a service with PostgreSQL.
    const [, stem, variant] = /^(src\/\w+)\.(\w+)\.ts$/.exec(path) ?? []
    if (variant && !conditions.has(variant)) continue
    if (
      !variant &&
      path.endsWith('.ts') &&
      Object.hasOwn(files, `${path.slice(0, -3)}.${answers.database}.ts`)
    )
      continue
    const condition = fileConditions.find(([pattern]) => pattern.test(path))?.[1]
    if (condition && !conditions.has(condition)) continue

    const name = stem ? `${stem}.ts` : path
    const target = isTypeScript ? name : name.replace(/\.ts$/, '.js')
    const selected =
      path === 'package.json'
        ? manifest(text, answers, conditions, versions)
        : fillIn(select(isTypeScript ? text : javascript, conditions), answers, origin)
    found.set(target, {
      text: isTypeScript ? selected : selected.replaceAll('src/config.ts', 'src/config.js'),
      executable
    })
  }
  // Makes the folder a project of its own to yarn, also below one.
  if (conditions.has('yarn-berry')) found.set('yarn.lock', { text: '' })
  // The same to pnpm, which else would also fetch the pnpm that package.json names.
  if (conditions.has('pnpm')) found.set('pnpm-workspace.yaml', { text: 'pmOnFail: ignore\n' })
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}
