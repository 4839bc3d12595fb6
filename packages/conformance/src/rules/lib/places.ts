import type { DockerfileFacts } from '../../dockerfile/stages.ts'
import type { ImageFacts } from '../../image/facts.ts'
import type { Facts } from '../../rule.ts'
import type { Where } from '../../schema.ts'
import type { Answer } from '../../service/probe.ts'

/** All images of all targets, one for each platform. */
export const imagesOf = ({ imageSets }: Facts): ImageFacts[] => imageSets.flatMap(({ images }) => images)

/** A line of a Dockerfile; that of its shipped stage by default. */
export const inDockerfile = ({ name, stage }: DockerfileFacts, line = stage.line): Where => ({
  file: name,
  line
})

/** Something that an image's configuration says. */
export const inConfig = ({ digest }: { digest: string }, member: string): Where => ({
  layer: digest,
  path: `config/${member}`
})

/** A file of an image; its top layer where there is no such file. */
export const inImage = ({ files, layers }: ImageFacts, path: string): Where => ({
  layer: files.get(path)?.layer ?? layers.at(-1) ?? '',
  path
})

/** An answer of a service. */
export const atAnswer = ({ url, status }: Answer): Where => ({ url, status })

/** What came in place of a status that was expected, in words. */
export function outcomeOf({ status, failure, headers }: Answer): string {
  if (status === null) return failure ?? 'did not answer'
  if (status >= 300 && status < 400 && headers.location)
    return `answers ${status}, to ${headers.location.slice(0, 100)}`
  return `answers ${status}${failure ? `, and ${failure}` : ''}`
}
