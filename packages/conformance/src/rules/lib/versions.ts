import type { Facts } from '../../rule.ts'
import type { Where } from '../../schema.ts'
import { builds, isOpaque, jobsOf } from './ci.ts'
import { atAnswer, imagesOf, inImage } from './places.ts'

/** A version object that was found: of a service, an image, or a repository. */
export interface FoundVersion {
  kind: 'service' | 'image' | 'repository'
  text: string
  /** The place of the whole, or of one key of it. */
  where(key?: string): Where
  /** In words, where CI writes the file anew before it builds the image, or may do so. */
  rewritten: string | undefined
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
