import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { inConfig } from './lib/places.ts'

const rule: Rule = {
  id: 'X-8',
  level: 'MAY',
  title: 'Two builds of one commit give one digest',
  looksAt: 'two images of the same commit, given together',
  fix: 'Build with SOURCE_DATE_EPOCH and rewrite-timestamp=true, and pin what is installed.',
  link: links.reproducible,
  *check({ imageSets }) {
    const seen = new Map<string, { digest: string; name: string }>()
    for (const { images, name } of imageSets) {
      for (const image of images) {
        const { platform, digest, contents } = image
        const key = `${platform}\n${contents.get('/app/version.json')?.toString() ?? ''}`
        const first = seen.get(key)
        const where = inConfig(image, `Digest/${platform}`)
        if (!first) seen.set(key, { digest, name })
        else if (first.digest === digest) yield pass(`${first.name} and ${name} have one digest.`, where)
        else
          yield fail(
            `${first.name} and ${name} say that they are of one commit, and have two digests.`,
            where
          )
      }
    }
    const [first] = imageSets[0]?.images ?? []
    if (imageSets.length === 1 && first) {
      yield unknown(
        'One image alone does not show it: give a second build of the same commit.',
        inConfig(first, 'Digest')
      )
    }
  }
}
export default rule
