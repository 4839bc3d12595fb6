import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { inConfig } from './lib/places.ts'

const SBOM = /spdx|cyclonedx/i
const PROVENANCE = /slsa\.dev\/provenance/i

const rule: Rule = {
  id: 'X-6',
  level: 'MAY',
  title: 'An SBOM and the provenance are of this very image',
  looksAt: 'attestations in the index of an OCI archive or layout',
  fix: 'Build with --sbom=true --provenance=mode=max.',
  link: links.attestations,
  *check({ imageSets }) {
    for (const { images, attestations } of imageSets) {
      for (const image of images) {
        const { digest, platform } = image
        const where = inConfig(image, `Attestations/${platform}`)
        if (!attestations) {
          yield unknown('An archive of this kind holds no attestations; a registry may.', where)
          continue
        }
        const own = attestations
          .filter(({ subject }) => subject === digest)
          .flatMap(({ predicates }) => predicates)
        const missing = [
          own.some((type) => SBOM.test(type)) ? '' : 'SBOM',
          own.some((type) => PROVENANCE.test(type)) ? '' : 'provenance'
        ].filter(Boolean)
        if (missing.length === 0) yield pass(`SBOM and provenance are of the image for ${platform}.`, where)
        else if (attestations.length === 0)
          yield unknown('The index holds no attestations; a registry may.', where)
        else yield fail(`The index has no ${missing.join(' and no ')} of the image for ${platform}.`, where)
      }
    }
  }
}
export default rule
