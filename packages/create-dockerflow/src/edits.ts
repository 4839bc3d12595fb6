import { dirname, posix } from 'node:path'
import { all, closing, mask, membersOf, type Replacement, replace } from './code.ts'
import type { Driver } from './drivers.ts'
import type { Service, Source } from './service.ts'

/** Lines that a person has to put in, where the place isn't certain. */
export interface Paste {
  where: string
  lines: string[]
}

/** What becomes of a service's code. */
export interface Plan {
  /** New texts, by path. */
  changes: Map<string, string>
  pastes: Paste[]
}

interface Context {
  service: Service
  /** What the logger calls the service. */
  name: string
  /** What a check's level is 30 of. */
  warn: ReadonlySet<string>
}

const family = /['"]@dockerflow\/(?:all|lbheartbeat|heartbeat|version|mozlog)['"]/

/** Whether the service has the plugins already. */
export const isDone = ({ sources }: Service) => sources.some(({ text }) => family.test(text))

/** The names under which a file has Fastify's function: `fastify`, or `require('fastify')`. */
function fastifyNames({ text }: Source): string[] {
  const patterns = [
    /^import (\w+)(?:, \{[^}]*\})? from ['"]fastify['"]/,
    /^import \{[^}]*\bfastify(?: as (\w+))?\b[^}]*\} from ['"]fastify['"]/,
    /^import \* as (\w+) from ['"]fastify['"]/,
    /^(?:const|let|var) (\w+) = require\(['"]fastify['"]\)(?:\.default)?;?$/,
    /^(?:const|let|var) \{[^}]*\bfastify(?:: (\w+))?\b[^}]*\} = require\(['"]fastify['"]\)/
  ]
  return patterns.flatMap((pattern) => all(text, pattern).map(([, name]) => name ?? 'fastify'))
}

interface Creation {
  source: Source
  /** The variable that has the app. */
  app: string
  /** The brackets of the call's arguments. */
  open: number
  close: number
  /** Where the line ends that ends the statement. */
  end: number
  indent: string
}

/** Where the one app is made; undefined where that isn't certain. */
export function findCreation(sources: Source[]): Creation | undefined {
  const found = sources.flatMap((source): (Creation | undefined)[] => {
    const masked = mask(source.text)
    // Of `require('fastify')(`, masking leaves `require(         )(`.
    const inline = all(source.text, /require\(['"]fastify['"]\)(?=\()/).map(
      (match) => match.index + match[0].length
    )
    const calls = fastifyNames(source).flatMap((name) =>
      all(masked, new RegExp(String.raw`(?<![\w.$])${name}(?=\()`)).map(
        (match) => match.index + match[0].length
      )
    )
    return [...inline, ...calls]
      .filter((open) => masked[open] === '(')
      .map((open) => {
        const lineStart = masked.lastIndexOf('\n', open) + 1
        const [, indent = '', app] =
          /^([ \t]*)(?:export )?(?:const|let|var) (\w+)(?:: [\w<>, ]+)? = $/.exec(
            source.text.slice(lineStart, open).replace(/(?:require\(['"]fastify['"]\)|\w+)$/, '')
          ) ?? []
        const close = closing(masked, open)
        // `.withTypeProvider<…>()` may follow, on lines of its own.
        const rest = /^(?:\s*\.\w+(?:<[^()]*>)?\(\))*;?[ \t]*(?=\n|$)/.exec(masked.slice(close + 1))
        if (!app || close < 0 || !rest) return undefined
        return { source, app, open, close, end: close + 1 + rest[0].length, indent }
      })
  })
  return found.length === 1 ? found[0] : undefined
}

/** An import, or a require, as the file writes it. */
const importLine = ({ style }: Source, names: string, from: string, isDefaultToo = false) => {
  const { quote, semicolon, isModule } = style
  if (isModule) return `import ${names} from ${quote}${from}${quote}${semicolon}\n`
  const bound = isDefaultToo
    ? names.replace(/^(\w+), \{/, '{ default: $1,')
    : /^\w+$/.test(names)
      ? `{ default: ${names} }`
      : names
  return `const ${bound} = require(${quote}${from}${quote})${semicolon}\n`
}

/** Puts a line before the first import, or require, behind what stands above those. */
function addImport(source: Source, line: string, near = /['"]fastify['"]/): Replacement {
  const { text } = source
  const lines = all(text, /^(?:import\b|(?:const|let|var) .*\brequire\().*$/)
  const first = lines.find(([statement]) => near.test(statement)) ?? lines[0]
  const at = first?.index ?? (/^(?:#!.*\n)?(?:(['"])use strict\1;?\n)?/.exec(text)?.[0].length as number)
  return { start: at, end: at, text: line }
}

/** `./dockerflow.js`, as the file names others beside it. */
function relativeName(from: Source, to: string): string {
  const path = posix.relative(dirname(from.path), to.replace(/\.[cm]?[jt]s$/, ''))
  const base = path.startsWith('.') ? path : `./${path}`
  const [, ending = ''] = /['"]\.{1,2}\/[^'"]*?(\.[cm]?[jt]s)?['"]/.exec(from.text) ?? []
  if (ending) return base + ending
  return from.style.isModule && !/['"]\.{1,2}\/[^'"]*['"]/.test(from.text) && !/\.ts$/.test(from.path)
    ? `${base}.js`
    : base
}

/** A client that a module exports by name. */
function exportedClient(sources: Source[], { client }: Driver): { source: Source; name: string } | undefined {
  if (!client) return undefined
  const found = sources.flatMap((source) => {
    const masked = mask(source.text)
    return all(masked, new RegExp(String.raw`^(export )?const (\w+)(?:: \w+)? = ${client.source}`)).flatMap(
      ([, isExported, name = '']) => {
        const isCommon = new RegExp(
          String.raw`\bmodule\.exports = \{[^}]*\b${name}\b[^}]*\}|\bexports\.${name} = ${name}\b|^export \{[^}]*\b${name}\b[^}]*\}`,
          'm'
        )
        return isExported || isCommon.test(masked) ? [{ source, name }] : []
      }
    )
  })
  return found.length === 1 ? found[0] : undefined
}

const level = (label: string, warn: ReadonlySet<string>) => (warn.has(label) ? ', { level: 30 }' : '')

/** The calls that add the checks, what they import, and those of which it isn't certain what they are called with. */
function checksOf({ service, warn }: Context, app: string, beside: string) {
  const imports: string[] = []
  const calls: string[] = []
  const uncertain: string[] = []
  const like = service.sources.find(({ style }) => style.isModule) ?? service.sources[0]
  const style = { quote: "'", semicolon: '', ...like?.style, isModule: like?.style.isModule ?? false }
  const target: Source = { path: beside, text: like?.text ?? '', style }
  const { quote } = style
  for (const [label, { driver }] of service.drivers) {
    const { argument, decorator, factory, subpath } = driver
    const client = decorator ? undefined : exportedClient(service.sources, driver)
    const import_ = importLine(target, `{ ${factory} }`, `@dockerflow/checks/${subpath}`)
    const call = (what: string) =>
      `${app}.heartbeat.addCheck(${quote}${label}${quote}, ${factory}(${what}${level(label, warn)}))${style.semicolon}`
    if (decorator || client) {
      imports.push(import_)
      if (client)
        imports.push(importLine(target, `{ ${client.name} }`, relativeName(target, client.source.path)))
      calls.push(call(decorator ? `${app}.${decorator}` : (client?.name as string)))
    } else uncertain.push(import_.trimEnd(), call(argument ?? 'client'))
  }
  return { imports, calls, uncertain, style, target }
}

/** A plugin of the service's own, with its checks. */
function pluginFile(context: Context, path: string, options: string, app?: Source) {
  const { imports, calls, uncertain, style, target } = checksOf(context, 'app', path)
  const { semicolon: s } = style
  const isTypeScript = /\.ts$/.test(path)
  const external = (line: string) => !/['"]\.{1,2}\//.test(line)
  // `fastify start` makes the app with the options that the app's file exports; its helper for tests doesn't.
  if (app) imports.push(importLine(target, '{ options }', relativeName(target, app.path)))
  const lines = [
    ...(style.isModule || isTypeScript ? [] : [`${style.quote}use strict${style.quote}${s}\n\n`]),
    importLine(target, 'fastifyDockerflow', '@dockerflow/all'),
    ...imports.filter(external),
    importLine(target, 'fp', 'fastify-plugin').replace('{ default: fp }', 'fp'),
    ...imports.filter((line) => !external(line)),
    '\n/** Dockerflow’s endpoints and log, with a check of what the service depends on. */\n'.replace(
      '’',
      "'"
    ),
    `${style.isModule ? 'export default' : 'module.exports ='} fp(async (app) => {\n`,
    ...(app
      ? [
          '  // An app that a test makes may have another logger, which it keeps.\n',
          `  const isOurs = Object.prototype.isPrototypeOf.call(options.loggerInstance ?? {}, app.log)${s}\n`,
          `  await app.register(fastifyDockerflow, { mozlog: isOurs ? {} : false })${s}\n`
        ]
      : [`  await app.register(fastifyDockerflow${options})${s}\n`]),
    ...(calls.length > 0
      ? [
          '  // When all plugins are loaded, and with them what they bring.\n',
          `  app.addHook(${style.quote}onReady${style.quote}, async () => {\n`,
          ...calls.map((line) => `    ${line}\n`),
          `  })${s}\n`
        ]
      : []),
    `})${s}\n`
  ]
  return { text: lines.join(''), uncertain }
}

/** Fastify's options with Dockerflow's logger; undefined where they aren't a literal that says enough. */
function serverOptions(
  code: string,
  masked: string,
  open: number,
  close: number,
  name: string,
  quote: string
): string | undefined {
  const logger = `logger: ${quote}${name}${quote}`
  const argument = code.slice(open + 1, close).trim()
  if (argument === '') return `dockerflowServerOptions({ ${logger} })`
  if (!argument.startsWith('{') || !argument.endsWith('}')) return undefined
  const [start, end] = [code.indexOf('{', open), code.lastIndexOf('}', close)]
  const members = membersOf(code, masked, start, end)
  if (!members || members.some((member) => member.name === 'loggerInstance')) return undefined
  const own = members.find((member) => member.name === 'logger')
  if (own && !/^(?:true|false)$/.test(own.value)) return undefined
  const text = own
    ? code.slice(start, own.start) + logger + code.slice(own.start + `logger: ${own.value}`.length, end + 1)
    : `{ ${logger}${members.length > 0 ? ',' : ''}${members.length > 0 ? code.slice(start + 1, end + 1) : ' }'}`
  return `dockerflowServerOptions(${text})`
}

/** A hook that refuses requests lets Dockerflow's endpoints through. */
function allowList(source: Source, pastes: Paste[]): Replacement[] {
  const { text, style, path } = source
  const masked = mask(text)
  const refuses = /\b401\b|\b403\b|unauthori[sz]ed|forbidden|authorization|jwtVerify|api-?key/i
  return all(text, /\.addHook\(\s*['"](?:onRequest|preParsing|preValidation|preHandler)['"]\s*,\s*/).flatMap(
    (hook) => {
      const at = hook.index + hook[0].length
      if (masked[hook.index] === ' ') return []
      const inline = /^async (?:function \w*)?\s*\((\w+)[^)]*\)\s*(?:: [\w<>]+\s*)?(?:=>\s*)?\{/.exec(
        text.slice(at)
      )
      if (inline) {
        const brace = at + inline[0].length - 1
        const body = text.slice(brace, closing(masked, brace))
        if (!refuses.test(body) || body.includes('.config.dockerflow')) return []
        const indent = /\n([ \t]+)\S/.exec(body)?.[1] ?? '  '
        const line = `\n${indent}if (${inline[1]}.routeOptions.config.dockerflow) return${style.semicolon}`
        return [{ start: brace + 1, end: brace + 1, text: line }]
      }
      const end = closing(masked, text.indexOf('(', hook.index))
      const call = text.slice(hook.index, end + 1)
      const named = /^(?:\w+\.)*(\w+)\s*\)?$/.exec(text.slice(at, end).trim())?.[1]
      if (refuses.test(call) || (named && /auth|token|session|jwt|login/i.test(named))) {
        pastes.push({
          where: `${path}: first in the hook \`${call.split('\n')[0]}\`, so that it lets Dockerflow's endpoints through`,
          lines: ['if (request.routeOptions.config.dockerflow) return']
        })
      }
      return []
    }
  )
}

/** Listens where the environment says, by default where it did. */
function listen(source: Source, pastes: Paste[]): Replacement[] {
  const { text, style, path } = source
  const masked = mask(text)
  const calls = all(masked, /\.listen\(\s*\{/)
  return calls.flatMap((call) => {
    const open = call.index + call[0].length - 1
    const close = closing(masked, open)
    const members = membersOf(text, masked, open, close)
    const port = members?.find(({ name }) => name === 'port')
    const host = members?.find(({ name }) => name === 'host')
    if (!members || !port) {
      pastes.push({
        where: `${path}: \`${text.slice(call.index, close + 2).split('\n')[0]}\` has to listen where the image says`,
        lines: [
          `port: Number(process.env.PORT ?? 8000), host: process.env.HOST ?? ${style.quote}localhost${style.quote}`
        ]
      })
      return []
    }
    const replacements: Replacement[] = []
    const value = (member: { start: number; value: string }, text_: string) => {
      const start = text.indexOf(member.value, text.indexOf(':', member.start))
      replacements.push({ start, end: start + member.value.length, text: text_ })
    }
    if (/^\d+$/.test(port.value)) value(port, `Number(process.env.PORT ?? ${port.value})`)
    else if (!/\bPORT\b|\bport\b/.test(port.value)) {
      pastes.push({
        where: `${path}: the image sets PORT`,
        lines: ['port: Number(process.env.PORT ?? 8000)']
      })
    }
    if (!host) {
      const at = Math.max(
        ...replacements.map(({ end }) => end),
        text.indexOf(port.value, text.indexOf(':', port.start)) + port.value.length
      )
      replacements.push({
        start: at,
        end: at,
        text: `, host: process.env.HOST ?? ${style.quote}localhost${style.quote}`
      })
    } else if (/^['"](?:localhost|127\.0\.0\.1|::1)['"]$/.test(host.value))
      value(host, `process.env.HOST ?? ${host.value}`)
    return replacements
  })
}

function planPlain(context: Context, plan: Plan): void {
  const { service, name } = context
  const creation = findCreation(service.sources)
  const edits = new Map<Source, Replacement[]>()
  const edit = (source: Source, ...more: Replacement[]) => {
    if (more.length > 0) edits.set(source, [...(edits.get(source) ?? []), ...more])
  }
  for (const source of service.sources)
    edit(source, ...allowList(source, plan.pastes), ...listen(source, plan.pastes))

  const hasChecks = service.drivers.size > 0
  if (!creation) {
    const { uncertain, calls, imports } = checksOf(context, 'app', 'app.js')
    plan.pastes.push({
      where: 'where your app is made, in place of `Fastify({ … })`',
      lines: [
        "import dockerflow, { dockerflowServerOptions } from '@dockerflow/all'",
        ...imports.map((line) => line.trimEnd()),
        `const app = Fastify(dockerflowServerOptions({ logger: '${name}' }))`,
        'await app.register(dockerflow)',
        ...calls,
        ...uncertain
      ]
    })
  } else {
    const { app, close, end, indent, open, source } = creation
    const { quote, semicolon } = source.style
    const options = serverOptions(source.text, mask(source.text), open, close, name, quote)
    const registered = options ? '' : ', { mozlog: false }'
    const extension = /\.[cm]?[jt]s$/.exec(source.path)?.[0] as string
    const path = posix.join(dirname(source.path), `dockerflow${extension}`)
    let from = '@dockerflow/all'
    if (hasChecks) {
      const { text, uncertain } = pluginFile(context, path, registered)
      plan.changes.set(path, text)
      from = relativeName(source, path)
      if (uncertain.length > 0)
        plan.pastes.push({
          where: `${path}: with your client in place of what the call names`,
          lines: uncertain
        })
    }
    if (hasChecks) {
      const line = importLine(source, 'dockerflow', from).replace('{ default: dockerflow }', 'dockerflow')
      // Behind the last import, with the other files.
      const lines = all(source.text, /^(?:import\b|(?:const|let|var) .*\brequire\().*$/)
      const last =
        lines.filter(([statement]) => /(?:from |require\()['"]\.{1,2}\//.test(statement)).at(-1) ??
        lines.at(-1)
      const at = last ? source.text.indexOf('\n', last.index + last[0].length) + 1 : 0
      edit(source, { start: at, end: at, text: line })
      if (options)
        edit(source, addImport(source, importLine(source, '{ dockerflowServerOptions }', '@dockerflow/all')))
    } else {
      const names = options ? 'dockerflow, { dockerflowServerOptions }' : 'dockerflow'
      edit(source, addImport(source, importLine(source, names, from, options !== undefined)))
    }
    if (options) edit(source, { start: open + 1, end: close, text: options })
    else {
      plan.pastes.push({
        where: `${source.path}: the log isn't mozlog yet. Wrap what Fastify() gets, with your own options of pino in it, and remove \`mozlog: false\``,
        lines: [`dockerflowServerOptions({ logger: ${quote}${name}${quote} })`]
      })
    }
    const argument = hasChecks || options ? '' : registered
    edit(source, { start: end, end, text: `\n${indent}${app}.register(dockerflow${argument})${semicolon}` })
  }
  for (const [source, replacements] of edits)
    plan.changes.set(source.path, replace(source.text, replacements))
}

function planFastifyCli(context: Context, plan: Plan): void {
  const { service, name } = context
  const script = service.manifest.scripts?.start ?? ''
  const named = /\bfastify start\b.*?([\w./-]+\.[jt]s)\b/.exec(script)?.[1]
  const app = service.sources.find(
    ({ path }) =>
      path === named ||
      (named !== undefined && path === named.replace(/^dist\//, 'src/').replace(/js$/, 'ts'))
  )
  const folder = app ? dirname(app.path) : '.'
  const extension = /\.[cm]?[jt]s$/.exec(app?.path ?? '.js')?.[0] as string
  const plugins = posix.join(folder, 'plugins')
  const isAutoloaded =
    app &&
    /@fastify\/autoload/.test(app.text) &&
    service.sources.some(({ path }) => path.startsWith(`${plugins}/`))
  if (!app || !isAutoloaded) {
    plan.pastes.push({
      where: `${app?.path ?? 'the file that `fastify start` runs'}: first in the plugin; and export the options`,
      lines: [
        "import dockerflow, { dockerflowServerOptions } from '@dockerflow/all'",
        `export const options = dockerflowServerOptions({ logger: '${name}' })`,
        'await fastify.register(dockerflow)'
      ]
    })
    return
  }
  const { quote, semicolon, isModule } = app.style
  const made = `dockerflowServerOptions({ logger: ${quote}${name}${quote} })`
  const import_ = addImport(
    app,
    importLine(app, '{ dockerflowServerOptions }', '@dockerflow/all'),
    /@fastify\/autoload/
  )
  const empty =
    /^(?:const|export const) options(?:: \w+)? = (\{\s*\})/m.exec(app.text) ??
    /^module\.exports\.options = (\{\s*\})/m.exec(app.text)
  const masked = mask(app.text)
  let isMozlog = true
  if (empty) {
    const start = empty.index + empty[0].length - (empty[1] as string).length
    plan.changes.set(
      app.path,
      replace(app.text, [import_, { start, end: start + (empty[1] as string).length, text: made }])
    )
  } else if (/\boptions\b/.test(masked.replace(/\bopts\b/g, ''))) {
    isMozlog = false
    plan.pastes.push({
      where: `${app.path}: in place of what it exports as \`options\``,
      lines: [importLine(app, '{ dockerflowServerOptions }', '@dockerflow/all').trimEnd(), made]
    })
  } else {
    const line = isModule ? `export const options = ${made}` : `module.exports.options = ${made}`
    const end = app.text.trimEnd().length
    plan.changes.set(
      app.path,
      replace(app.text, [import_, { start: end, end, text: `\n\n${line}${semicolon}` }])
    )
  }
  const path = `${plugins}/dockerflow${extension}`
  const { text, uncertain } = pluginFile(context, path, ', { mozlog: false }', isMozlog ? app : undefined)
  plan.changes.set(path, text)
  if (uncertain.length > 0)
    plan.pastes.push({ where: `${path}: with your client in place of what the call names`, lines: uncertain })
}

function planNest(context: Context, plan: Plan): void {
  const { service, name } = context
  const main = service.sources.find(
    ({ text }) => /\bnew FastifyAdapter\(/.test(text) && /NestFactory\.create/.test(text)
  )
  const masked = main ? mask(main.text) : ''
  const adapter = /\bnew FastifyAdapter(?=\()/.exec(masked)
  const open = adapter ? adapter.index + adapter[0].length : 0
  const close = closing(masked, open)
  const created =
    /^([ \t]*)const (\w+) = await NestFactory\.create<\s*NestFastifyApplication\s*,?\s*>(?=\()/m.exec(masked)
  const options =
    main && adapter ? serverOptions(main.text, masked, open, close, name, main.style.quote) : undefined
  if (!main || !created || !options) {
    plan.pastes.push({
      where: `${main?.path ?? 'src/main.ts'}: where the app is made, with \`NestFactory.create<NestFastifyApplication>\``,
      lines: [
        "import dockerflow, { dockerflowServerOptions } from '@dockerflow/all'",
        `new FastifyAdapter(dockerflowServerOptions({ logger: '${name}' }))`,
        'await app.register(dockerflow)'
      ]
    })
    return
  }
  const [whole, indent = '', app = ''] = created
  const { quote, semicolon } = main.style
  const end = closing(masked, created.index + whole.length) + 1
  const after = masked[end] === ';' ? end + 1 : end
  const replacements: Replacement[] = [
    addImport(
      main,
      importLine(
        { ...main, style: { ...main.style, isModule: true } },
        'dockerflow, { dockerflowServerOptions }',
        '@dockerflow/all'
      ),
      /@nestjs\/core/
    ),
    { start: open + 1, end: close, text: options },
    { start: after, end: after, text: `\n${indent}await ${app}.register(dockerflow)${semicolon}` }
  ]
  // Nest listens on loopback unless it gets an address.
  const listens = new RegExp(String.raw`\b${app}\.listen(?=\()`).exec(masked)
  if (listens) {
    const at = listens.index + listens[0].length
    const stop = closing(masked, at)
    const argument = main.text.slice(at + 1, stop).trim()
    if (/^\d+$/.test(argument))
      replacements.push({
        start: at + 1,
        end: stop,
        text: `process.env.PORT ?? ${argument}, process.env.HOST ?? ${quote}127.0.0.1${quote}`
      })
    else if (/^process\.env\.PORT(?: (?:\?\?|\|\|) \d+)?$/.test(argument))
      replacements.push({ start: stop, end: stop, text: `, process.env.HOST ?? ${quote}127.0.0.1${quote}` })
  }
  plan.changes.set(main.path, replace(main.text, replacements))
  const { calls, imports, uncertain } = checksOf(context, `${app}.getHttpAdapter().getInstance()`, main.path)
  const lines = [...imports.map((line) => line.trimEnd()), ...calls, ...uncertain]
  if (lines.length > 0)
    plan.pastes.push({ where: `${main.path}: behind \`await ${app}.register(dockerflow)\``, lines })
}

/** What has to change in a service's code so that it answers Dockerflow's endpoints. */
export function planCode(context: Context): Plan {
  const plan: Plan = { changes: new Map(), pastes: [] }
  if (isDone(context.service)) return plan
  const planners = { plain: planPlain, 'fastify-cli': planFastifyCli, nest: planNest }
  planners[context.service.kind](context, plan)
  return plan
}
