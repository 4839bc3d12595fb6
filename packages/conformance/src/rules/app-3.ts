import { isAbsolute } from 'node:path/posix'
import type { DockerfileFacts } from '../dockerfile/stages.ts'
import { type Facts, type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inDockerfile, inImage } from './lib/places.ts'

function ofDockerfile(dockerfile: DockerfileFacts, { repository }: Facts): Finding {
  const { copies, runs } = dockerfile
  const context = repository?.contextOf(dockerfile)
  const ignored = context?.dockerignore?.excludes('version.json') ?? false
  for (const { sources, target, from, line } of copies) {
    const where = inDockerfile(dockerfile, line)
    const named = sources.some((source) => /(?:^|\/)version\.json$/.test(source))
    const here =
      target === '/app/version.json' || (named && target === '/app/') || (named && target === '/app')
    if (
      here &&
      from === undefined &&
      ignored &&
      sources.some((source) => /^(?:\.?\/)?version\.json$/.test(source))
    ) {
      return fail(
        '.dockerignore keeps version.json out of the build, so it can not be copied.',
        where,
        'Add !version.json to .dockerignore.'
      )
    }
    if (here) return pass('/app/version.json is copied.', where)
  }
  for (const { commands, line, workdir } of runs) {
    const written = commands.some(({ words, writes }) =>
      [...writes, ...words].some((word) => {
        const path = word.replace(/^--?[\w-]+=/, '')
        return (
          path === '/app/version.json' ||
          (!isAbsolute(path) && path.replace(/^\.\//, '') === 'version.json' && workdir === '/app')
        )
      })
    )
    if (written) return pass('/app/version.json is written.', inDockerfile(dockerfile, line))
  }
  const whole = copies.find(
    ({ sources, target, from }) =>
      from === undefined &&
      sources.some((source) => /^(?:\.\/?|\/|\*)$/.test(source)) &&
      /^\/app\/?$/.test(target)
  )
  if (whole) {
    const where = inDockerfile(dockerfile, whole.line)
    if (ignored)
      return fail(
        'The context is copied to /app, but .dockerignore keeps version.json out of it.',
        where,
        'Add !version.json to .dockerignore.'
      )
    if (context?.version) return pass('The context is copied to /app, and version.json with it.', where)
    return unknown(
      'The context is copied to /app: whether version.json is in it can not be seen here.',
      where
    )
  }
  const tree = copies.find(
    ({ target, from }) => from !== undefined && (target === '/' || target.startsWith('/app'))
  )
  if (tree)
    return unknown(
      'What is copied from another stage may hold /app/version.json.',
      inDockerfile(dockerfile, tree.line)
    )
  if (dockerfile.base.kind === 'unknown')
    return unknown('The base image may hold /app/version.json.', inDockerfile(dockerfile))
  const other = copies.find(({ sources }) => sources.some((source) => /(?:^|\/)version\.json$/.test(source)))
  if (other)
    return fail(
      `version.json is copied to ${other.target}: expected /app/version.json.`,
      inDockerfile(dockerfile, other.line)
    )
  return fail('Nothing brings /app/version.json into the image.', inDockerfile(dockerfile))
}

const rule: Rule = {
  id: 'APP-3',
  level: 'MUST',
  title: 'The version object is at /app/version.json',
  looksAt: 'COPY, ADD and RUN of the shipped stage, with .dockerignore; files of an image',
  fix: 'Write version.json in CI before the build, and COPY version.json /app/version.json.',
  link: links.app,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield ofDockerfile(dockerfile, facts)
    for (const image of imagesOf(facts)) {
      const where = inImage(image, '/app/version.json')
      const type = image.files.get('/app/version.json')?.type
      if (type === 'file' || (type === 'link' && image.contents.has('/app/version.json')))
        yield pass('/app/version.json is there.', where)
      else if (type === 'link')
        yield fail('/app/version.json is a link that leads to nothing in the image.', where)
      else yield fail('/app/version.json is missing.', where)
    }
  }
}
export default rule
