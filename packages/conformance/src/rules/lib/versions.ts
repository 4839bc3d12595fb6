import type { Facts } from '../../rule.ts'
import type { Where } from '../../schema.ts'
import { jobsOf } from './ci.ts'
import { atAnswer, imagesOf, inImage } from './places.ts'

/** A version object that was found: of a service, an image, or a repository. */
export interface FoundVersion {
  kind: 'service' | 'image' | 'repository'
  text: string
  /** The place of the whole, or of one key of it. */
  where(key?: string): Where
  /** Whether CI writes the file anew before it builds the image. */
  rewritten: boolean
}

/** All version objects that can be seen. A service that answers something else than 200 shows none. */
export function* versionsOf(facts: Facts): Generator<FoundVersion> {
  for (const { version } of facts.services) {
    if (version.status !== 200 || version.failure) continue
    yield { kind: 'service', text: version.body.toString(), where: () => atAnswer(version), rewritten: false }
  }
  for (const image of imagesOf(facts)) {
    const bytes = image.contents.get('/app/version.json')
    if (bytes)
      yield {
        kind: 'image',
        text: bytes.toString(),
        where: () => inImage(image, '/app/version.json'),
        rewritten: false
      }
  }
  const file = facts.repository?.version
  if (file) {
    const { text } = file
    const lineOf = (key: string | undefined) => {
      const at = key === undefined ? -1 : text.indexOf(`"${key}"`)
      return at < 0 ? 1 : text.slice(0, at).split('\n').length
    }
    const rewritten = jobsOf(facts).some(({ steps }) =>
      steps.some(({ run }) => /version\.json|dockerflow[- ]version/.test(run))
    )
    yield { kind: 'repository', text, where: (key) => ({ file: file.file, line: lineOf(key) }), rewritten }
  }
}
