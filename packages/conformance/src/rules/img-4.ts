import type { DockerfileFacts } from '../dockerfile/stages.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { inConfig } from './lib/places.ts'

function ofDockerfile({ name, base, stage, entrypoint, cmd }: DockerfileFacts): Finding {
  const where = { file: name, line: (cmd ?? entrypoint)?.line ?? stage.line }
  if (entrypoint && cmd) return pass('ENTRYPOINT and CMD start the service.', where)
  const missing = entrypoint ? 'CMD' : cmd ? 'ENTRYPOINT' : 'ENTRYPOINT and CMD'
  const be = entrypoint || cmd ? 'is' : 'are'
  if (base.kind === 'unknown' && !entrypoint) {
    return unknown(
      `${missing} ${be} not set here: ${base.reference || 'the base image'} may bring it.`,
      where
    )
  }
  const fix = entrypoint
    ? 'Add CMD ["…"] after ENTRYPOINT, with the arguments that start the service.'
    : 'Add ENTRYPOINT ["…"], such as the program itself or an init, and CMD ["…"] with its arguments.'
  return fail(`${missing} ${be} missing: expected both, in this Dockerfile.`, where, fix)
}

function ofImage(image: ImageFacts): Finding {
  const { entrypoint, cmd } = image.config
  const where = inConfig(image, entrypoint.length > 0 ? 'Cmd' : 'Entrypoint')
  if (entrypoint.length > 0 && cmd.length > 0) return pass('ENTRYPOINT and CMD start the service.', where)
  const missing = entrypoint.length > 0 ? 'CMD' : cmd.length > 0 ? 'ENTRYPOINT' : 'ENTRYPOINT and CMD'
  return fail(`The image lacks ${missing}: expected both.`, where)
}

const rule: Rule = {
  id: 'IMG-4',
  level: 'MUST',
  title: 'Both ENTRYPOINT and CMD start the service',
  looksAt: 'ENTRYPOINT and CMD of the shipped stage, inherited ones included; the configuration of an image',
  fix: 'Give the shipped stage both ENTRYPOINT and CMD.',
  link: links.image,
  *check({ dockerfiles, imageSets }) {
    for (const dockerfile of dockerfiles) yield ofDockerfile(dockerfile)
    for (const { images } of imageSets) for (const image of images) yield ofImage(image)
  }
}
export default rule
