import { dirname } from 'node:path/posix'
import { isResolved } from '../dockerfile/expand.ts'
import type { Copy, DockerfileFacts } from '../dockerfile/stages.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'

// What is copied beside the app: a configuration of the system's, a program, a file of accounts.
const SYSTEM = /^\/(?:etc|usr|bin|sbin|lib|lib64|root|tmp|var|run|run\/secrets)(?:\/|$)/

const inApp = (path: string) => path === '/app' || path.startsWith('/app/')

/** Whether a COPY brings more than the version file. */
const isSource = ({ sources }: Copy) =>
  sources.some((source) => !/(?:^|\/)(?:version\.json|\.?[\w.-]*\.(?:crt|pem))$/.test(source))

function ofDockerfile(dockerfile: DockerfileFacts): Finding {
  const { name, copies, runs, stage, base, workdir } = dockerfile
  const at = (line: number) => ({ file: name, line })
  const sources = copies.filter(isSource)
  const good = sources.find(({ target }) => inApp(target))
  if (good) return pass('The sources are copied to /app.', at(good.line))
  // A tree that another stage put together is copied to the root whole.
  const tree = sources.find(({ target, from }) => target === '/' && from !== undefined)
  if (tree) return unknown('A whole tree is copied to /: what is in it can not be seen here.', at(tree.line))
  const unclear = sources.find(({ target }) => !isResolved(target))
  if (unclear)
    return unknown(
      'Where the sources are copied to depends on a variable that has no value here.',
      at(unclear.line)
    )
  const cloned = runs.find(({ commands, workdir }) =>
    commands.some(
      ({ words }) =>
        words.some((word) => inApp(word.replace(/^.*=/, ''))) ||
        (inApp(workdir) && /^(?:git|curl|wget|tar|unzip)$/.test(words[0] ?? ''))
    )
  )
  const elsewhere = sources.find(({ target }) => !SYSTEM.test(target)) ?? sources.at(-1)
  if (elsewhere) {
    const folder = elsewhere.target.replace(/\/$/, '') || dirname(elsewhere.target)
    return fail(`The sources are copied to ${folder}: expected /app.`, at(elsewhere.line))
  }
  if (cloned) return unknown('A RUN may bring the sources to /app: it can not be seen here.', at(cloned.line))
  if (base.kind === 'unknown') {
    return unknown(
      `Nothing is copied: ${base.reference || 'the base image'} may hold the sources.`,
      at(stage.line)
    )
  }
  return fail('Nothing is copied to /app: expected the sources there.', at(workdir?.line ?? stage.line))
}

function ofImage({ files, layers, config }: ImageFacts): Finding {
  const found = [...files].find(
    ([path, { type }]) => path.startsWith('/app/') && type === 'file' && path !== '/app/version.json'
  )
  if (found) return pass('The sources are in /app.', { layer: found[1].layer, path: '/app' })
  return fail(
    `/app holds no sources${config.workdir && !inApp(config.workdir) ? `, and the service starts in ${config.workdir}` : ''}: expected them there.`,
    { layer: layers.at(-1) ?? '', path: '/app' }
  )
}

const rule: Rule = {
  id: 'IMG-1',
  level: 'MUST',
  title: 'The sources are in /app',
  looksAt: 'COPY and ADD of the shipped stage and those it starts from; files of an image',
  fix: 'COPY the service to /app, with WORKDIR /app above it.',
  link: links.image,
  *check({ dockerfiles, imageSets }) {
    for (const dockerfile of dockerfiles) yield ofDockerfile(dockerfile)
    for (const { images } of imageSets) for (const image of images) yield ofImage(image)
  }
}
export default rule
