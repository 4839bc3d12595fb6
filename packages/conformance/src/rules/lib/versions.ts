import { posix } from 'node:path'
import { expand, UNRESOLVED } from '../../dockerfile/expand.ts'
import { commandsOf, programOf } from '../../dockerfile/shell.ts'
import type { DockerfileFacts, Run } from '../../dockerfile/stages.ts'
import type { Facts } from '../../rule.ts'
import type { Where } from '../../schema.ts'
import { builds, isOpaque, jobsOf } from './ci.ts'
import { atAnswer, imagesOf, inImage } from './places.ts'

/** A version object that was found: of a service, an image, or a repository. */
export interface FoundVersion {
  kind: 'service' | 'image' | 'dockerfile' | 'repository'
  text: string
  /** The place of the whole, or of one key of it. */
  where(key?: string): Where
  /** In words, where CI writes the file anew before it builds the image, or may do so. */
  rewritten: string | undefined
}

const PATH = '/app/version.json'

// Whether the file is written only where there is none.
const CONDITIONAL = /\[\s+!?\s*-[efrs]\s|\btest\s+!?\s*-[efrs]\s|(?:^|[\s;])if\s|\|\|/

/** What printf makes of its arguments. */
function printed([format = '', ...args]: string[]): string {
  let at = 0
  return format
    .replace(/%%|%[-\d.]*[sbdiq]/g, (directive) => (directive === '%%' ? '%' : (args[at++] ?? '')))
    .replace(/\\n/g, '\n')
}

/** The version object that a RUN writes, with what its variables hold left open; undefined where it can't be seen. */
function writtenBy({ text, heredocs, workdir }: Run): string | undefined {
  if (!text.includes('version.json') || CONDITIONAL.test(text)) return undefined
  const isFile = (path: string) => posix.resolve(workdir, path) === PATH
  const parts: string[] = []
  for (const command of commandsOf(text.replace(/^(?:--\S+\s*)+/, ''), () => UNRESOLVED)) {
    const program = programOf(command)
    const args = command.words.slice(1)
    const here = command.writes.some(isFile) || (program === 'tee' && args.some(isFile))
    if (!here) continue
    const [heredoc] = heredocs
    if (program === 'echo') parts.push(args.filter((word) => !/^-[neE]+$/.test(word)).join(' '))
    else if (program === 'printf') parts.push(printed(args[0] === '--' ? args.slice(1) : args))
    else if (heredoc && (program === 'cat' || program === 'tee')) parts.push(heredoc.body)
    else return undefined
  }
  return parts.length > 0 ? parts.join('\n') : undefined
}

/** The version objects that a Dockerfile itself holds: of a RUN, or of a COPY with a here-document. */
function* ofDockerfile({ name, copies, runs }: DockerfileFacts): Generator<FoundVersion> {
  const found = [
    ...copies
      .filter(({ target, heredocs }) => target === PATH && heredocs.length > 0)
      .map(({ heredocs: [heredoc], line }) => ({
        line,
        text: heredoc?.expands ? expand(heredoc.body, () => UNRESOLVED) : (heredoc?.body ?? '')
      })),
    ...runs.flatMap((run) => {
      const text = writtenBy(run)
      return text === undefined ? [] : [{ line: run.line, text }]
    })
  ]
  // The last one stays.
  const last = found.sort((a, b) => a.line - b.line).at(-1)
  if (!last) return
  const { line, text } = last
  yield { kind: 'dockerfile', text, where: () => ({ file: name, line }), rewritten: undefined }
}

/** All version objects that can be seen. A service that answers something else than 200 shows none. */
export function* versionsOf(facts: Facts): Generator<FoundVersion> {
  for (const { version } of facts.services) {
    if (version.status !== 200 || version.failure) continue
    yield {
      kind: 'service',
      text: version.body.toString(),
      where: () => atAnswer(version),
      rewritten: undefined
    }
  }
  for (const image of imagesOf(facts)) {
    const bytes = image.contents.get('/app/version.json')
    if (bytes)
      yield {
        kind: 'image',
        text: bytes.toString(),
        where: () => inImage(image, '/app/version.json'),
        rewritten: undefined
      }
  }
  for (const dockerfile of facts.dockerfiles) yield* ofDockerfile(dockerfile)
  const { repository } = facts
  if (!repository) return
  const files = new Map(
    facts.dockerfiles.flatMap((dockerfile) => {
      const { version } = repository.contextOf(dockerfile)
      return version ? [[version.file, version.text] as const] : []
    })
  )
  if (facts.dockerfiles.length === 0 && repository.files.includes('version.json')) {
    files.set('version.json', repository.read('version.json') ?? '')
  }
  if (files.size === 0) return
  const jobs = jobsOf(facts)
  const seen = jobs.some(({ steps }) =>
    steps.some(({ run }) => /version\.json|dockerflow[- ]version/.test(run))
  )
  const perhaps =
    repository.taskcluster !== undefined ||
    jobs.some(({ steps }) => steps.some((step) => isOpaque(step) && builds(step)))
  const rewritten = seen
    ? 'CI writes version.json before the build'
    : perhaps
      ? 'What builds the image may write version.json, unseen'
      : undefined
  for (const [file, text] of files) {
    const lineOf = (key: string | undefined) => {
      const at = key === undefined ? -1 : text.indexOf(`"${key}"`)
      return at < 0 ? 1 : text.slice(0, at).split('\n').length
    }
    yield { kind: 'repository', text, where: (key) => ({ file, line: lineOf(key) }), rewritten }
  }
}
