import type { DockerfileFacts } from '../dockerfile/stages.ts'
import { accountsOf } from '../image/accounts.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inDockerfile, inImage } from './lib/places.ts'

function ofDockerfile(dockerfile: DockerfileFacts): Finding {
  const { accounts } = dockerfile
  const user = accounts.users.get('app')
  if (!user) {
    const where = inDockerfile(dockerfile)
    if (!accounts.complete)
      return unknown(
        'No user app is made here: the base image, or what is copied or run, may make it.',
        where
      )
    return fail('There is no user app: expected one with the UID 10001, in the group app.', where)
  }
  const where = inDockerfile(dockerfile, user.line)
  const member = user.group === 'app' || user.more.has('app') || accounts.gidOf(user) === 10001
  if (user.uid === 'unknown')
    return unknown('The UID of the user app depends on what has no value here.', where)
  if (user.uid !== 10001) {
    const found = user.uid === 'auto' ? 'the UID that the system chooses' : `the UID ${user.uid}`
    return fail(`The user app has ${found}: expected 10001.`, where)
  }
  if (member) return pass('The user app has the UID 10001, and is in the group app.', where)
  if (typeof user.group === 'string' && !/^[\w-]+$/.test(user.group)) {
    return unknown('The group of the user app depends on what has no value here.', where)
  }
  return fail(`The user app is in the group ${user.group}: expected app.`, where)
}

function ofImage(image: ImageFacts): Finding {
  const where = inImage(image, '/etc/passwd')
  const { users, groups } = accountsOf(image)
  const user = users.get('app')
  if (!user) return fail('There is no user app: expected one with the UID 10001, in the group app.', where)
  if (user.uid !== 10001) return fail(`The user app has the UID ${user.uid}: expected 10001.`, where)
  const group = groups.get('app')
  if (group && (group.gid === user.gid || group.members.includes('app'))) {
    return pass('The user app has the UID 10001, and is in the group app.', where)
  }
  return fail('The user app is not in the group app.', where)
}

const rule: Rule = {
  id: 'IMG-3',
  level: 'MUST',
  title: 'The user app has the UID 10001, and is in the group app',
  looksAt: 'useradd, adduser and the like of the shipped stage; /etc/passwd of an image',
  fix: 'RUN useradd --uid 10001 --gid app app (Alpine: adduser -D -u 10001 -G app app).',
  link: links.image,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield ofDockerfile(dockerfile)
    for (const image of imagesOf(facts)) yield ofImage(image)
  }
}
export default rule
