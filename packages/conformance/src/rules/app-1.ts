import type { DockerfileFacts } from '../dockerfile/stages.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Facts, type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { isEnvFile } from '../secrets.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

function* ofDockerfile(dockerfile: DockerfileFacts, { repository }: Facts): Generator<Finding> {
  const context = repository?.contextOf(dockerfile)
  const own = dockerfile.copies.filter(({ from }) => from === undefined)
  const named = own.find(({ sources, target }) => sources.some(isEnvFile) || isEnvFile(target))
  if (named) {
    yield fail(
      'A .env is copied into the image: configuration comes from the environment alone.',
      inDockerfile(dockerfile, named.line)
    )
    return
  }
  const whole = own.find(({ sources }) => sources.some((source) => /^(?:\.\/?|\/|\*)$/.test(source)))
  if (!whole || !context) {
    yield unknown(
      `No .env is copied by name${whole ? '; whether the context holds one can not be seen here' : ''}.`,
      inDockerfile(dockerfile, whole?.line)
    )
    return
  }
  const present = context.files.find((file) => isEnvFile(file) && !context.dockerignore?.excludes(file))
  const where = inDockerfile(dockerfile, whole.line)
  if (present)
    yield fail(
      `The whole context is copied, and ${present} with it.`,
      where,
      `Add ${present} to .dockerignore.`
    )
  else if (context.dockerignore?.excludes('.env'))
    yield pass('.dockerignore keeps .env out of the image.', where)
  else
    yield unknown(
      'The whole context is copied, and .dockerignore does not keep a .env out.',
      where,
      'Add .env to .dockerignore.'
    )
}

function ofImage(image: ImageFacts): Finding {
  const { files, secrets } = image
  const found = [...files].find(
    ([path, { type }]) =>
      type === 'file' && isEnvFile(path) && !/\/(?:node_modules|site-packages|vendor)\//.test(path)
  )
  if (found)
    return fail(`${found[0]} is in the image: configuration comes from the environment alone.`, {
      layer: found[1].layer,
      path: found[0]
    })
  const deleted = secrets.find(({ path }) => isEnvFile(path))
  if (deleted)
    return fail('A layer holds a .env, which a later layer deletes: whoever has the image can read it.', {
      layer: deleted.layer,
      path: deleted.path
    })
  return pass('No .env is in the image.', inConfig(image, 'Env'))
}

const rule: Rule = {
  id: 'APP-1',
  level: 'MUST',
  title: 'Configuration comes from the environment; no .env is in the image',
  looksAt: 'COPY and ADD of the shipped stage, with .dockerignore; files of an image',
  fix: 'Keep .env out of the image: add it to .dockerignore, and give the values when the container starts.',
  link: links.app,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield* ofDockerfile(dockerfile, facts)
    for (const image of imagesOf(facts)) yield ofImage(image)
  }
}
export default rule
