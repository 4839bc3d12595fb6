import { posix } from 'node:path'
import { ConformanceError } from '../errors.ts'
import { Accounts } from './accounts.ts'
import { type Base, baseOf } from './bases.ts'
import { expand, isResolved, type Lookup, UNRESOLVED } from './expand.ts'
import { type Heredoc, type Instruction, parseDockerfile } from './parse.ts'
import { type Command, commandsOf, programOf } from './shell.ts'

/** ENTRYPOINT or CMD. */
export interface Start {
  line: number
  /** The words of the exec form; undefined in the shell form. */
  exec: string[] | undefined
  /** The instruction's text. */
  text: string
}

/** A COPY or ADD of the shipped image, paths made whole. */
export interface Copy {
  line: number
  /** What is copied: paths in the context, in another stage, or URLs; here-documents by their names. */
  sources: string[]
  /** Where it comes from: a stage, an image, or undefined, which is the context. */
  from: string | undefined
  /** Absolute, where it could be read. A folder's ends in "/". */
  target: string
  chown: string | undefined
  chmod: string | undefined
  heredocs: Heredoc[]
  /** Whose the files are: the user of `--chown`, or of the stage that made them; undefined where it can't be seen. */
  owner: string | undefined
  stage: number
}

/** A RUN of the shipped image. */
export interface Run {
  line: number
  commands: Command[]
  /** Flags, command and here-documents, as they are written. */
  text: string
  workdir: string
  user: string | undefined
  stage: number
  heredocs: Heredoc[]
}

/** ENV or ARG of the shipped image. */
export interface Variable {
  keyword: 'ENV' | 'ARG'
  name: string
  /** Filled in; undefined where an ARG has no default. */
  value: string | undefined
  line: number
}

export interface StageName {
  /** As `AS` names it, else its number. */
  name: string
  line: number
}

/** What a Dockerfile makes of its last stage, or of the one that `target` names: all that was inherited included. */
export interface DockerfileFacts {
  /** As it is shown to people. */
  name: string
  /** The last line of the file. */
  lines: number
  stage: StageName
  /** The stages that the shipped one starts from, base first, itself last. */
  chain: StageName[]
  base: Base
  /** All images of others that are built on or copied from, for any stage that the shipped one needs. */
  images: Base[]
  /** The variables of the shipped image. */
  env: Map<string, { value: string; line: number }>
  variables: Variable[]
  labels: Map<string, { value: string; line: number }>
  user: { value: string; line: number } | undefined
  workdir: { value: string; line: number } | undefined
  entrypoint: Start | undefined
  cmd: Start | undefined
  exposed: { port: string; line: number }[]
  stopSignal: string | undefined
  copies: Copy[]
  runs: Run[]
  accounts: Accounts
  /** Whether an id is let off by a comment for what is in this line. */
  ignores(id: string, line: number): boolean
}

interface Stage {
  index: number
  name: string
  line: number
  base: Base | number
  instructions: Instruction[]
}

interface State {
  base: Base
  chain: StageName[]
  args: Map<string, string | undefined>
  env: Map<string, { value: string; line: number }>
  variables: Variable[]
  labels: DockerfileFacts['labels']
  user: DockerfileFacts['user']
  workdir: DockerfileFacts['workdir']
  /** All that WORKDIR made. */
  folders: string[]
  entrypoint: Start | undefined
  cmd: Start | undefined
  exposed: DockerfileFacts['exposed']
  stopSignal: string | undefined
  copies: Copy[]
  runs: Run[]
  accounts: Accounts
}

// What BuildKit fills in by itself. Which platform it is can't be known, but never makes an image's name.
const PREDEFINED = /^(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT)$/

/**
 * Reads a Dockerfile and follows its stages to the one that is shipped.
 * @param target a stage's name; the last stage by default
 * @throws ConformanceError where it is no Dockerfile, or has no such stage
 */
export function readDockerfile(source: string, name: string, target?: string): DockerfileFacts {
  const parsed = parseDockerfile(source, name)
  const { escape: escapeChar, instructions } = parsed
  const globals = new Map<string, string | undefined>()
  const globalLookup: Lookup = (arg) => (PREDEFINED.test(arg) ? UNRESOLVED : globals.get(arg))
  const stages: Stage[] = []
  const indexOf = (wanted: string) =>
    stages.findLastIndex((stage) => stage.name.toLowerCase() === wanted.toLowerCase())

  for (const instruction of instructions) {
    const stage = stages.at(-1)
    if (instruction.keyword === 'FROM') {
      const [image = '', as = '', alias = ''] = instruction.text.split(/\s+/)
      const reference = expand(image, globalLookup, escapeChar)
      const parent = indexOf(reference)
      stages.push({
        index: stages.length,
        name: as.toUpperCase() === 'AS' && alias !== '' ? alias : String(stages.length),
        line: instruction.line,
        base: parent >= 0 ? parent : baseOf(reference, instruction.line),
        instructions: []
      })
    } else if (stage) {
      stage.instructions.push(instruction)
    } else if (instruction.keyword === 'ARG') {
      for (const [arg, value] of pairs(instruction.text)) {
        globals.set(arg, value === undefined ? undefined : expand(value, globalLookup, escapeChar))
      }
    }
  }
  const shipped = target === undefined ? stages.at(-1) : (stages[indexOf(target)] ?? stages[Number(target)])
  if (!shipped) {
    const known = stages.map((stage) => stage.name).join(', ')
    throw new ConformanceError(
      stages.length === 0
        ? `${name} has no FROM: expected a Dockerfile`
        : `${name} has no stage ${JSON.stringify(target)}; there are: ${known}`
    )
  }

  const states = new Map<number, State>()
  const needed = new Map<string, Base>()
  const need = (base: Base) => needed.set(`${base.reference} ${base.line}`, base)

  /** The state after a stage; the ones it starts from come first, in a loop, for there may be thousands. */
  const stateOf = (wanted: Stage): State => {
    const pending: Stage[] = []
    for (let at: Stage | undefined = wanted; at && !states.has(at.index); ) {
      pending.push(at)
      at = typeof at.base === 'number' ? stages[at.base] : undefined
    }
    for (const stage of pending.reverse()) states.set(stage.index, evaluate(stage))
    return states.get(wanted.index) as State
  }

  const begin = (stage: Stage): State => {
    const self = { name: stage.name, line: stage.line }
    if (typeof stage.base === 'number') {
      const parent = states.get(stage.base) as State
      return {
        ...parent,
        chain: [...parent.chain, self],
        args: new Map(parent.args),
        env: new Map(parent.env),
        variables: [...parent.variables],
        labels: new Map(parent.labels),
        exposed: [...parent.exposed],
        copies: [...parent.copies],
        folders: [...parent.folders],
        runs: [...parent.runs],
        accounts: parent.accounts.copy()
      }
    }
    need(stage.base)
    return {
      base: stage.base,
      chain: [self],
      args: new Map(),
      env: new Map(),
      variables: [],
      labels: new Map(),
      user: undefined,
      workdir: undefined,
      folders: [],
      entrypoint: undefined,
      cmd: undefined,
      exposed: [],
      stopSignal: undefined,
      copies: [],
      runs: [],
      accounts: new Accounts(stage.base.kind !== 'unknown')
    }
  }

  const evaluate = (stage: Stage): State => {
    const state = begin(stage)
    let ownCmd = false
    const lookup: Lookup = (variable) =>
      state.env.get(variable)?.value ??
      (state.args.has(variable)
        ? (state.args.get(variable) ?? UNRESOLVED)
        : PREDEFINED.test(variable)
          ? UNRESOLVED
          : undefined)
    // What neither the Dockerfile nor a known base sets is blank, as BuildKit has it; of an unknown base it is unknown.
    const fill = (text: string) =>
      expand(
        text,
        (variable) => lookup(variable) ?? (state.base.kind === 'unknown' ? UNRESOLVED : ''),
        escapeChar
      )

    for (const instruction of stage.instructions) {
      const { keyword, line, text, exec } = instruction
      if (keyword === 'ENV') {
        for (const [variable, value = ''] of pairs(text)) {
          const filled = fill(value)
          state.env.set(variable, { value: filled, line })
          state.variables.push({ keyword, name: variable, value: filled, line })
        }
      } else if (keyword === 'ARG') {
        for (const [variable, value] of pairs(text)) {
          const filled = value === undefined ? globals.get(variable) : fill(value)
          state.args.set(variable, filled)
          state.variables.push({ keyword, name: variable, value: filled, line })
        }
      } else if (keyword === 'LABEL') {
        for (const [label, value = ''] of pairs(text)) state.labels.set(label, { value: fill(value), line })
      } else if (keyword === 'USER') {
        state.user = { value: fill(text).trim(), line }
      } else if (keyword === 'WORKDIR') {
        const value = fill(unquote(text.trim()))
        state.workdir = { value: posix.resolve(state.workdir?.value ?? '/', value), line }
        state.folders.push(state.workdir.value)
      } else if (keyword === 'EXPOSE') {
        for (const port of fill(text).split(/\s+/)) if (port) state.exposed.push({ port, line })
      } else if (keyword === 'STOPSIGNAL') {
        state.stopSignal = fill(text)
      } else if (keyword === 'ENTRYPOINT') {
        state.entrypoint = isEmpty(exec, text) ? undefined : { line, exec, text }
        // An ENTRYPOINT takes away the CMD that was inherited.
        if (!ownCmd) state.cmd = undefined
      } else if (keyword === 'CMD') {
        ownCmd = true
        state.cmd = isEmpty(exec, text) ? undefined : { line, exec, text }
      } else if (keyword === 'COPY' || keyword === 'ADD') {
        applyCopy(state, stage, instruction, fill)
      } else if (keyword === 'RUN') {
        applyRun(state, stage, instruction, lookup)
      }
    }
    return state
  }

  const applyCopy = (
    state: State,
    stage: Stage,
    instruction: Instruction,
    fill: (text: string) => string
  ) => {
    const { line, flags, heredocs } = instruction
    const flag = (wanted: string) => flags.find(([known]) => known === wanted)?.[1]
    const words = (instruction.exec ?? split(instruction.text)).map(fill)
    const target = words.pop()
    if (target === undefined) return
    const from = flag('from')
    const filled = from === undefined ? undefined : expand(from, globalLookup, escapeChar)
    const folder = /\/$|^\.$|\/\.$/.test(target) || words.length > 1
    const whole = posix.resolve(state.workdir?.value ?? '/', target)
    const copy: Copy = {
      line,
      sources: words.map((word) => word.replace(/^<<-?["']?(.*?)["']?$/, '$1')),
      from: filled,
      target: folder && whole !== '/' ? `${whole}/` : whole,
      chown: flag('chown') === undefined ? undefined : fill(flag('chown') as string),
      chmod: flag('chmod'),
      heredocs,
      owner: undefined,
      stage: stage.index
    }
    // What comes from the context is root's, also after USER.
    copy.owner = copy.chown ?? (filled === undefined ? 'root' : undefined)
    state.copies.push(copy)
    for (const { body } of heredocs) state.accounts.addFile(whole, body, line)
    if (filled === undefined) {
      if (words.some((word) => /(?:^|\/)(?:passwd|group)$/.test(word)) && /^\/etc\/?/.test(whole))
        state.accounts.complete = false
      return
    }
    const other = stages[indexOf(filled)] ?? (/^\d+$/.test(filled) ? stages[Number(filled)] : undefined)
    if (!other || other.index >= stage.index) {
      if (!other) need(baseOf(filled, line))
      if (copiesAccounts(copy)) state.accounts.complete = false
      return
    }
    const source = stateOf(other)
    // Of another stage, a file keeps its owner.
    copy.owner ??= ownerIn(source, copy.sources)
    const account = /^\/etc\/(?:passwd|group)$/.exec(whole)?.[0]
    if (account && !copiesAccounts(copy)) {
      addWritten(state.accounts, source, copy.sources[0] ?? '', account, line)
      return
    }
    if (!copiesAccounts(copy)) {
      // A tree that was put together in another stage may hold /etc/passwd.
      if (whole === '/' && copy.sources.some((path) => /\/$|^[^.]*$/.test(path)))
        state.accounts.complete = false
      return
    }
    // The accounts of another stage come with its /etc/passwd and /etc/group, or with its whole tree.
    const all = copy.sources.some((path) => /^\/(?:etc\/?(?:\*)?)?$/.test(path))
    if (all || copy.sources.some((path) => /passwd/.test(path))) {
      for (const [user, account] of source.accounts.users)
        state.accounts.users.set(user, { ...account, line })
      if (!source.accounts.complete) state.accounts.complete = false
    }
    if (all || copy.sources.some((path) => /group/.test(path))) {
      for (const [group, account] of source.accounts.groups)
        state.accounts.groups.set(group, { ...account, line })
    }
  }

  const applyRun = (state: State, stage: Stage, instruction: Instruction, lookup: Lookup) => {
    const { line, exec, heredocs } = instruction
    // A base's own variables can't be known; one that nobody sets is the shell's.
    const script = scriptOf(instruction)
    const commands = exec
      ? [{ words: exec.map((word) => word), writes: [] }].flatMap((command) =>
          /^(?:.*\/)?(?:ba|da|a)?sh$/.test(exec[0] ?? '') && exec[1] === '-c'
            ? commandsOf(exec[2] ?? '', lookup)
            : [command]
        )
      : commandsOf(script, lookup)
    state.runs.push({
      line,
      commands,
      text: [
        ...instruction.flags.map(([flag, value]) => `--${flag}=${value}`),
        instruction.text,
        ...heredocs.map(({ body }) => body)
      ].join('\n'),
      workdir: state.workdir?.value ?? '/',
      user: state.user?.value,
      heredocs,
      stage: stage.index
    })
    for (const command of commands) {
      const before = state.accounts.users.get('app')
      state.accounts.apply(command, line, state.base.family)
      // A home that is there already is left as it is, but by busybox.
      const made = state.accounts.users.get('app')
      if (made?.ownsHome && made !== before && state.base.family !== 'alpine' && isThere(state, made.home))
        state.accounts.users.set('app', { ...made, ownsHome: false })
      const program = programOf(command)
      const names = command.words.slice(1).join(' ')
      const makes = /^(?:user|group)(?:add|mod)$|^add(?:user|group)$/.test(program)
      // A script of the context may make accounts, as may a name that isn't known.
      const script = /\.sh$/.test(program) || (/^(?:ba|da|a)?sh$/.test(program) && /\.sh\b/.test(names))
      if (script || (makes && !isResolved(names.split(' ').at(-1) ?? ''))) state.accounts.complete = false
    }
    for (const { body } of heredocs) {
      const path = /(?:^|\s|>)(\/etc\/(?:passwd|group))\b/.exec(instruction.text)?.[1]
      if (path) state.accounts.addFile(path, body, line)
    }
    // A root file system that was made elsewhere, as by rsync or tar.
    if (/\b(?:vipw|newusers|sysusers)\b/.test(script)) state.accounts.complete = false
  }

  const state = stateOf(shipped)
  const { args, chain, folders, ...rest } = state
  const stageAt = (line: number) => stages.findLast((stage) => stage.line <= line)
  return {
    name,
    lines: Math.max(1, instructions.at(-1)?.endLine ?? 1),
    stage: chain.at(-1) as StageName,
    chain,
    images: [...needed.values()],
    ...rest,
    ignores(id, line) {
      if (instructions.some((found) => found.line <= line && line <= found.endLine && found.ignored.has(id)))
        return true
      const stage = stageAt(line)
      return parsed.stageIgnores.some(({ line: at, ids }) => {
        if (!ids.has(id) || !stage) return false
        // A comment right above a FROM is for that stage, as is one inside it.
        const next = instructions.find((found) => found.line > at)
        const meant = next?.keyword === 'FROM' ? stageAt(next.line) : stageAt(at)
        return meant === stage
      })
    }
  }
}

const isEmpty = (exec: string[] | undefined, text: string) => (exec ? exec.length === 0 : text.trim() === '')

/** The shell script of a RUN: its text, or the here-document that the shell reads. */
function scriptOf({ text, heredocs }: Instruction): string {
  const [first] = heredocs
  if (!first) return text
  const command = text.replace(/<<-?["']?[\w.]+["']?/g, '').trim()
  const isScript = command === '' || /^(?:\S*\/)?(?:ba|da|a)?sh(?:\s+-\w+)*$/.test(command)
  return isScript ? heredocs.map(({ body }) => body).join('\n') : command
}

/** Adds the accounts of a file that a stage wrote with echo or printf; of another they can't be seen. */
function addWritten(accounts: Accounts, { runs }: State, source: string, path: string, line: number): void {
  const lines = runs.flatMap(({ commands, workdir }) =>
    commands
      .filter(
        (command) =>
          /^(?:echo|printf)$/.test(programOf(command)) &&
          command.writes.some((file) => posix.resolve(workdir, file) === source)
      )
      .flatMap(({ words }) => words.slice(1))
  )
  if (lines.length === 0) accounts.complete = false
  for (const text of lines) accounts.addFile(path, text, line)
}

/** Whether an instruction made a folder, or something in it. */
const isThere = ({ folders, copies }: State, folder: string | undefined) =>
  folder !== undefined &&
  [...folders, ...copies.map(({ target }) => target)].some((path) => `${path}/`.startsWith(`${folder}/`))

/** Whether one of two paths holds the other. */
const overlap = (one: string, other: string) => {
  const [a, b] = [`${one}/`.replace(/\/+$/, '/'), `${other}/`.replace(/\/+$/, '/')]
  return a.startsWith(b) || b.startsWith(a)
}

/** The owner of files in a stage: what made or gave them last; undefined where it can't be seen. */
function ownerIn({ base, copies, runs }: State, sources: string[]): string | undefined {
  const paths = sources.map((source) => posix.resolve('/', source))
  const holds = (path: string) => paths.some((one) => overlap(one, path))
  let owner: string | undefined = base.kind === 'unknown' ? undefined : 'root'
  let seen = base.kind !== 'unknown'
  for (const event of [...copies, ...runs].sort((a, b) => a.stage - b.stage || a.line - b.line)) {
    if ('target' in event) {
      if (!holds(event.target)) continue
      owner = event.owner
      seen = owner !== undefined
      continue
    }
    const given = event.commands.find(
      (command) =>
        programOf(command) === 'chown' &&
        command.words.slice(2).some((word) => holds(posix.resolve(event.workdir, word)))
    )
    const to = given?.words.slice(1).find((word) => !word.startsWith('-'))
    if (to !== undefined) {
      owner = to
      seen = true
    } else if (holds(event.workdir) && event.user !== undefined && !/^(?:root|0)(?::|$)/.test(event.user)) {
      owner = event.user
      seen = true
    }
  }
  return seen ? owner : undefined
}

/** Whether a COPY from a stage brings /etc/passwd or /etc/group. */
function copiesAccounts({ sources, target }: Copy): boolean {
  const whole =
    sources.some((source) => source === '/' || source === '/.') && (target === '/' || target === '//')
  const tree = sources.some((source) => /^\/etc\/?$/.test(source)) && /^\/etc\/?$/.test(target)
  return whole || tree || sources.some((source) => /^\/etc\/(?:passwd|group|\*)/.test(source))
}

const unquote = (text: string) => text.replace(/^(["'])([\s\S]*)\1$/, '$2')

/** Words apart by blanks, quotes kept together and taken off. */
function split(text: string): string[] {
  return [...text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replace(
      /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_all, double?: string, single?: string) => double ?? single ?? ''
    )
  )
}

/** `a=1 b="2 3"` as pairs; the old form `a 1 2` as one. A name alone has no value. */
function pairs(text: string): [name: string, value: string | undefined][] {
  if (/^[\w.-]+\s+[^=]/.test(text) && !/^[\w.-]+=/.test(text)) {
    const [, name = '', value = ''] = /^(\S+)\s+([\s\S]*)$/.exec(text) ?? []
    // ARG a b has two names; ENV a b has one with a value, which `a=` words after it belie.
    return [[name, value]]
  }
  return split(text).map((word) => {
    const at = word.indexOf('=')
    return at < 0 ? [unquote(word), undefined] : [unquote(word.slice(0, at)), word.slice(at + 1)]
  })
}
