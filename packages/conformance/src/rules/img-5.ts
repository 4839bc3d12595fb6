import { isResolved } from '../dockerfile/expand.ts'
import type { DockerfileFacts } from '../dockerfile/stages.ts'
import { accountsOf } from '../image/accounts.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { inConfig } from './lib/places.ts'

function ofDockerfile({ name, base, stage, user, accounts }: DockerfileFacts): Finding {
  if (!user) {
    const where = { file: name, line: stage.line }
    if (base.kind === 'unknown')
      return unknown(`There is no USER: ${base.reference || 'the base image'} may set it.`, where)
    return fail(
      'There is no USER, so the service runs as root: expected USER app.',
      where,
      'Add USER app as the last USER.'
    )
  }
  const where = { file: name, line: user.line }
  const [account = '', group] = user.value.split(':')
  if (!isResolved(user.value)) return unknown('USER depends on a variable that has no value here.', where)
  const groupFits = group === undefined || group === 'app' || group === '10001'
  if (account === 'app' && groupFits) return pass('The last USER is app.', where)
  if (/^\d+$/.test(account) && groupFits) {
    if (accounts.nameOf(account) === 'app') return pass(`The last USER is ${account}, which is app.`, where)
    if (!accounts.complete && account === '10001' && !accounts.nameOf(account)) {
      return unknown(`The last USER is ${account}: whether it is app can not be seen here.`, where)
    }
  }
  return fail(`The last USER is ${user.value || 'blank'}: expected USER app.`, where)
}

function ofImage(image: ImageFacts): Finding {
  const { user } = image.config
  const where = inConfig(image, 'User')
  const [account = '', group] = user.split(':')
  const groupFits = group === undefined || group === 'app' || group === '10001'
  if (account === 'app' && groupFits) return pass('The user is app.', where)
  if (groupFits && /^\d+$/.test(account) && accountsOf(image).users.get('app')?.uid === Number(account)) {
    return pass(`The user is ${account}, which is app.`, where)
  }
  return fail(
    user === '' ? 'The image runs as root: expected the user app.' : `The user is ${user}: expected app.`,
    where
  )
}

const rule: Rule = {
  id: 'IMG-5',
  level: 'MUST',
  title: 'USER app is the default user',
  looksAt: 'the last USER of the shipped stage; the configuration of an image',
  fix: 'Make USER app the last USER.',
  link: links.image,
  *check({ dockerfiles, imageSets }) {
    for (const dockerfile of dockerfiles) yield ofDockerfile(dockerfile)
    for (const { images } of imageSets) for (const image of images) yield ofImage(image)
  }
}
export default rule
