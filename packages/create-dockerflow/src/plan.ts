import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Answers, shortName } from './answers.ts'
import { select } from './conditions.ts'
import { type Paste, planCode } from './edits.ts'
import { addToManifest } from './manifest-edit.ts'
import { conditionsOf, type Files, fillIn } from './project.ts'
import type { Service } from './service.ts'
import { type Origin, readTemplates } from './templates.ts'

/** What `init` does to a service. */
export interface InitPlan {
  /** Files that aren't there yet. */
  added: Files
  /** Files that change, with their new text. */
  changed: Files
  pastes: Paste[]
  /** What stays as it is, and why. */
  left: string[]
}

/** What a service has instead of a file of the template. */
const instead: Record<string, string[]> = {
  Dockerfile: ['Dockerfile', 'docker/Dockerfile'],
  'compose.yaml': ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'],
  '.github/workflows/ci.yml': ['.github/workflows']
}

/** The Dockerfile of the guide, with the command that starts this service. */
function dockerfile(text: string, { entry, kind, manifest }: Service): string {
  const command = (...args: string[]) =>
    text.replace('CMD ["node", "."]', `CMD ${JSON.stringify(['node', ...args]).replaceAll(',', ', ')}`)
  if (kind === 'fastify-cli') {
    const app =
      /([\w./-]+\.js)\b/.exec(manifest.scripts?.start?.replace(/^.*fastify start/, '') ?? '')?.[1] ?? 'app.js'
    const flags = ['--options', '--address', '0.0.0.0', '--close-grace-delay', '10000']
    return command('node_modules/fastify-cli/cli.js', 'start', ...flags, app)
  }
  return entry === undefined || entry === manifest.main ? text : command(entry)
}

/** Whether a Dockerfile is the one that `init` writes. */
const isOurs = (folder: string, file: string) =>
  readFileSync(join(folder, file), 'utf8').startsWith(
    readTemplates().files.Dockerfile?.text.split('\n')[0] as string
  )

/** What `init` would do: nothing of it is done yet. */
export function planInit(
  service: Service,
  answers: Answers,
  origin: Origin | undefined,
  force: boolean
): InitPlan {
  const { files, versions } = readTemplates()
  const { drivers, folder, isInMonorepo, manifest, manager } = service
  const services = new Set([...drivers.values()].map(({ driver }) => driver.service))
  const name = shortName(answers.name)
  const code = planCode({ service, name, warn: answers.warn })
  const plan: InitPlan = { added: new Map(), changed: new Map(), pastes: code.pastes, left: [] }

  for (const [path, text] of code.changes) {
    const isThere = existsSync(join(folder, path))
    ;(isThere ? plan.changed : plan.added).set(path, { text })
  }

  // The database that the service has is that of the template's files.
  const database = services.has('postgres') ? 'postgres' : services.has('mysql') ? 'mysql' : 'none'
  const conditions = conditionsOf({ ...answers, database, redis: services.has('redis') }, origin)
  for (const without of ['typescript', 'sqlite']) conditions.delete(without)
  if (service.isTypeScript && manifest.scripts?.typecheck) conditions.add('typescript')
  const wanted = ['.dockerignore', 'Dockerfile', 'compose.yaml', '.github/workflows/ci.yml']
  if (conditions.has('workflow')) wanted.push('.github/workflows/container.yml')
  if (answers.registry) wanted.push('scripts/setup-gcp.sh')
  if (answers.kubernetes) wanted.push(...Object.keys(files).filter((path) => path.startsWith('kubernetes/')))
  for (const path of wanted) {
    const isImage = ['.dockerignore', 'Dockerfile', 'compose.yaml', '.github/workflows/ci.yml'].includes(path)
    if (isInMonorepo && isImage) continue
    // What their Dockerfile copies is theirs to say.
    if (
      path === '.dockerignore' &&
      !force &&
      instead.Dockerfile?.some((file) => existsSync(join(folder, file)) && !isOurs(folder, file))
    )
      continue
    const { text = '', executable = false } = files[path] ?? {}
    const filled = fillIn(path === 'Dockerfile' ? text : select(text, conditions), answers, origin)
    const written = { text: path === 'Dockerfile' ? dockerfile(filled, service) : filled, executable }
    const there = (instead[path] ?? [path]).find((file) => existsSync(join(folder, file)))
    if (!there) plan.added.set(path, written)
    else if (there === path && force && readFileSync(join(folder, path), 'utf8') !== written.text)
      plan.changed.set(path, written)
    else if (there !== path || readFileSync(join(folder, path), 'utf8') !== written.text)
      plan.left.push(`${there}: it is yours`)
  }
  if (isInMonorepo) {
    plan.left.push(
      'Dockerfile: a package of a monorepo is built from its root; docker/Dockerfile of Dockerflow for Fastify shows how'
    )
  }

  // What the code that was added imports, and the command that checks.
  const texts = [...code.changes.values(), ...code.pastes.flatMap(({ lines }) => lines)].join('\n')
  const needed = ['@dockerflow/all', '@dockerflow/checks', 'fastify-plugin'].filter((dependency) =>
    texts.includes(dependency)
  )
  const pinned = (names: string[]) =>
    Object.fromEntries(names.map((dependency) => [dependency, `^${versions[dependency]}`]))
  const script = Object.values(manifest.scripts ?? {}).some((command) => /\bdockerflow check\b/.test(command))
  const text = addToManifest(service.text, {
    dependencies: pinned(needed.filter((dependency) => !manifest.devDependencies?.[dependency])),
    devDependencies: pinned(manifest.dependencies?.dockerflow ? [] : ['dockerflow']),
    ...(!script && !manifest.scripts?.check && { scripts: { check: 'dockerflow check .' } })
  })
  const startScript = fastifyCliScript(service, text)
  if (startScript !== service.text) plan.changed.set('package.json', { text: startScript })
  if (code.changes.size > 0) {
    plan.pastes.push({
      where: `a test of the three endpoints, run by \`${manager} test\``,
      lines: [
        "for (const path of ['/__lbheartbeat__', '/__heartbeat__', '/__version__']) await app.inject(path)"
      ]
    })
  }
  return plan
}

/** `fastify start` takes the app's options only with --options. */
function fastifyCliScript({ kind, manifest }: Service, text: string): string {
  const start = manifest.scripts?.start ?? ''
  if (kind !== 'fastify-cli' || /\s(?:--options|-o)\b/.test(start)) return text
  return text.replace(
    JSON.stringify(start),
    JSON.stringify(start.replace(/\bfastify start\b/, 'fastify start --options'))
  )
}
