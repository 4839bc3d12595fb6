import type { DockerfileFacts } from '../dockerfile/stages.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Facts, type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inDockerfile, inImage } from './lib/places.ts'

// What is compiled for browsers, and never runs as it is. TypeScript of a server may.
const SOURCE = /\.(?:scss|sass|less|styl|jsx|tsx|vue|svelte|coffee|elm)$/
const FOREIGN = /(?:^|\/)(?:node_modules|site-packages|vendor|bower_components)\//

function ofImage(image: ImageFacts): Finding {
  for (const [path, { type }] of image.files) {
    if (type === 'file' && path.startsWith('/app/') && SOURCE.test(path) && !FOREIGN.test(path)) {
      return fail(
        `${path} is the source of an asset: expected what is compiled from it alone.`,
        inImage(image, path)
      )
    }
  }
  return pass('No source of an asset is in /app.', inImage(image, '/app'))
}

function ofDockerfile(dockerfile: DockerfileFacts, { repository }: Facts): Finding {
  const copies = dockerfile.copies.filter(({ from }) => from === undefined)
  const context = repository?.contextOf(dockerfile)
  if (!context) return unknown('Which files are copied can not be seen here.', inDockerfile(dockerfile))
  for (const { sources, line } of copies) {
    for (const source of sources) {
      const folder = source
        .replace(/^\.?\/+/, '')
        .replace(/\/+$/, '')
        .replace(/^\.$/, '')
      const found = context.files.find(
        (file) =>
          SOURCE.test(file) &&
          !FOREIGN.test(`/${file}`) &&
          (folder === '' || file.startsWith(`${folder}/`)) &&
          !context.dockerignore?.excludes(file)
      )
      if (found)
        return fail(
          `${found} is copied, the source of an asset: expected what is compiled from it alone.`,
          inDockerfile(dockerfile, line)
        )
    }
  }
  return unknown(
    'No source of an asset is copied from the context; what stages leave can not be seen here.',
    inDockerfile(dockerfile)
  )
}

const rule: Rule = {
  id: 'DOC-3',
  level: 'SHOULD',
  title: 'Of assets that are compiled, only the result is in the image',
  looksAt: 'what is copied from a repository, with .dockerignore; files in /app of an image',
  fix: 'Compile assets in a stage of its own and copy the result, or add their sources to .dockerignore.',
  link: links.static,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield ofDockerfile(dockerfile, facts)
    for (const image of imagesOf(facts)) yield ofImage(image)
  }
}
export default rule
