import type { Start } from '../../dockerfile/stages.ts'
import type { Facts } from '../../rule.ts'
import type { Where } from '../../schema.ts'
import { imagesOf, inConfig, inDockerfile } from './places.ts'

/** What ENTRYPOINT and CMD run, as far as it can be read. */
export interface Started {
  line: number
  /** The words of the command line. */
  words: string[]
  /** Whether a shell reads it, and fills variables in. */
  shell: boolean
  /** The address a known server is given to listen on. */
  listens: { address: string | undefined; port: string | undefined; literalVariable: boolean } | undefined
}

const INITS = /^(?:.*\/)?(?:tini|dumb-init|catatonit|my_init|init|s6-svscan|docker-init)$/
const SHELLS = /^(?:.*\/)?(?:ba|da|a|z)?sh$/

/** The words of ENTRYPOINT and CMD together; undefined where neither is set. */
export function startOf(entrypoint: Start | undefined, cmd: Start | undefined): Started | undefined {
  const line = (cmd ?? entrypoint)?.line
  if (line === undefined) return undefined
  const shellForm = (start: Start | undefined) => start !== undefined && start.exec === undefined
  const wordsOf = (start: Start | undefined) => start?.exec ?? start?.text.split(/\s+/).filter(Boolean) ?? []
  // The shell form of ENTRYPOINT takes no CMD.
  let words = shellForm(entrypoint) ? wordsOf(entrypoint) : [...wordsOf(entrypoint), ...wordsOf(cmd)]
  // After an ENTRYPOINT in exec form, such as an init, a CMD in shell form is read by a shell all the same.
  let shell = shellForm(entrypoint) || shellForm(cmd)
  if (INITS.test(words[0] ?? '')) {
    words = words.slice(1)
    while (words[0]?.startsWith('-')) words.shift()
  }
  const [program = ''] = words
  if (SHELLS.test(program)) {
    const at = words.findIndex((word) => /^-[a-z]*c$/.test(word))
    if (at > 0) {
      shell = true
      words = (words[at + 1] ?? '').split(/\s+/).filter(Boolean)
    }
  }
  if (words[0] === 'exec') words = words.slice(1)
  return {
    line,
    words,
    shell,
    listens: listensOf(
      words.map((word) => word.replace(/^["']|["']$/g, '')),
      shell
    )
  }
}

// Servers whose options are known; what else there is on the command line of another program is its own affair.
const SERVERS =
  /^(?:.*\/)?(?:gunicorn|uvicorn|hypercorn|granian|daphne|waitress-serve|uwsgi|flask|fastapi|puma|rackup|rails|thin|unicorn|fastify|http-server|serve|next|nuxt|vite)$/
const RUNNERS =
  /^(?:.*\/)?(?:python[\d.]*|uv|poetry|pipenv|bundle|npx|run|-m|exec|--frozen|--no-dev|--no-sync|pnpm|yarn|npm|node)$/

function listensOf(words: string[], shell: boolean): Started['listens'] {
  let at = 0
  while (at < words.length && (RUNNERS.test(words[at] as string) || /^[A-Z_]+=/.test(words[at] as string)))
    at++
  const program = words[at] ?? ''
  const manage = words.indexOf('runserver')
  if (manage > 0) return read(words[manage + 1] ?? '', shell)
  if (!SERVERS.test(program) && !words.some((word) => /^--?(?:addr|listen|bind|http)(?:=|$)/.test(word)))
    return undefined
  let found: Started['listens']
  for (let index = at + 1; index < words.length; index++) {
    const [name = '', inline] = split(words[index] as string)
    const value = inline ?? words[index + 1] ?? ''
    if (/^(?:-b|--bind|--addr|-addr|--listen|-listen|--http|--http-socket|--socket|-l)$/.test(name))
      found = { ...found, ...read(value, shell) }
    else if (/^(?:-p|--port)$/.test(name)) found = { address: found?.address, ...port(value, shell) }
    else if (/^(?:-h|--host|-H|--hostname|-a|--address)$/.test(name) && /^[\w.:[\]$*{}-]+$/.test(value)) {
      found = { port: found?.port, literalVariable: found?.literalVariable ?? false, address: value }
    } else if (/^-b\S+$/.test(words[index] as string))
      found = { ...found, ...read((words[index] as string).slice(2), shell) }
  }
  return found
}

function split(word: string): [string, string | undefined] {
  const at = word.startsWith('-') ? word.indexOf('=') : -1
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}

/** `0.0.0.0:8000`, `:8000`, `8000`, `[::]:$PORT`. */
function read(value: string, shell: boolean) {
  const found = /^(?:(?:https?|tcp):\/\/)?(.*?):?((?:\d{1,5}|\$\{?\w+(?::-\d+)?\}?))$/.exec(value)
  if (!found || value.startsWith('unix:'))
    return { address: undefined, port: undefined, literalVariable: false }
  const address = found[1] === '' && !value.startsWith(':') ? undefined : found[1]
  return { address, ...port(found[2] as string, shell) }
}

function port(value: string, shell: boolean) {
  if (/^\$\{?PORT\b/.test(value)) return { port: '$PORT', literalVariable: !shell }
  return { port: /^\d+$/.test(value) ? value : undefined, literalVariable: false }
}

/** What each Dockerfile and image starts, with a place for it, and for its variables. */
export function* startsOf(facts: Facts): Generator<{
  start: Started
  where: Where
  variable(name: string): { value: string; where: Where } | undefined
}> {
  for (const dockerfile of facts.dockerfiles) {
    const start = startOf(dockerfile.entrypoint, dockerfile.cmd)
    if (!start) continue
    const variable = (name: string) => {
      const found = dockerfile.env.get(name)
      return found && { value: found.value, where: inDockerfile(dockerfile, found.line) }
    }
    yield { start, where: inDockerfile(dockerfile, start.line), variable }
  }
  for (const image of imagesOf(facts)) {
    const { entrypoint, cmd, env } = image.config
    const start = startOf({ line: 1, exec: entrypoint, text: '' }, { line: 1, exec: cmd, text: '' })
    if (!start || start.words.length === 0) continue
    const variable = (name: string) => {
      const value = env.get(name)
      return value === undefined ? undefined : { value, where: inConfig(image, `Env/${name}`) }
    }
    yield { start, where: inConfig(image, 'Cmd'), variable }
  }
}
