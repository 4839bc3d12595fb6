import { fail, links, pass, type Rule } from '../rule.ts'
import { inConfig } from './lib/places.ts'

const rule: Rule = {
  id: 'X-9',
  level: 'MAY',
  title: 'Each platform of an index is complete',
  looksAt: 'manifests, configurations and layers that an index names',
  fix: 'Copy the index whole: skopeo copy --all, or docker buildx imagetools create.',
  link: links.index,
  *check({ imageSets }) {
    for (const { platforms } of imageSets) {
      for (const { platform, digest, faults } of platforms) {
        const where = inConfig({ digest }, `Platforms/${platform}`)
        if (faults.length === 0) yield pass(`The image for ${platform} is complete.`, where)
        else yield fail(`The image for ${platform} is not complete: ${faults.slice(0, 3).join('; ')}.`, where)
      }
    }
  }
}
export default rule
