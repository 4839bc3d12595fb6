import type { DockerfileFacts } from '../dockerfile/stages.ts'
import { accountsOf } from '../image/accounts.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inDockerfile, inImage } from './lib/places.ts'

function ofDockerfile(dockerfile: DockerfileFacts): Finding {
  const { accounts } = dockerfile
  const group = accounts.groups.get('app')
  if (!group) {
    const where = inDockerfile(dockerfile)
    if (!accounts.complete)
      return unknown(
        'No group app is made here: the base image, or what is copied or run, may make it.',
        where
      )
    return fail('There is no group app: expected one with the GID 10001.', where)
  }
  const where = inDockerfile(dockerfile, group.line)
  if (group.gid === 10001) return pass('The group app has the GID 10001.', where)
  if (group.gid === 'unknown')
    return unknown('The GID of the group app depends on what has no value here.', where)
  const found = group.gid === 'auto' ? 'the GID that the system chooses' : `the GID ${group.gid}`
  return fail(`The group app has ${found}: expected 10001.`, where)
}

function ofImage(image: ImageFacts): Finding {
  const where = inImage(image, '/etc/group')
  const group = accountsOf(image).groups.get('app')
  if (!group) return fail('There is no group app: expected one with the GID 10001.', where)
  if (group.gid === 10001) return pass('The group app has the GID 10001.', where)
  return fail(`The group app has the GID ${group.gid}: expected 10001.`, where)
}

const rule: Rule = {
  id: 'IMG-2',
  level: 'MUST',
  title: 'The group app has the GID 10001',
  looksAt: 'groupadd, addgroup and the like of the shipped stage; /etc/group of an image',
  fix: 'RUN groupadd --gid 10001 app (Alpine: addgroup -g 10001 app).',
  link: links.image,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield ofDockerfile(dockerfile)
    for (const image of imagesOf(facts)) yield ofImage(image)
  }
}
export default rule
