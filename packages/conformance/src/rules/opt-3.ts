import type { DockerfileFacts } from '../dockerfile/stages.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Facts, type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

const SIZE_LIMIT = 1024 ** 3
const DEV =
  /^\/app\/(?:.*\/)?node_modules\/(typescript|eslint|jest|mocha|webpack|vite|vitest|prettier|nodemon|@biomejs\/biome|tap|playwright|cypress)\/package\.json$/

function* ofDockerfile(dockerfile: DockerfileFacts, { repository }: Facts): Generator<Finding> {
  const context = repository?.contextOf(dockerfile)
  let found = false
  for (const { commands, text, line } of dockerfile.runs) {
    const where = inDockerfile(dockerfile, line)
    for (const { words } of commands) {
      const command = words.join(' ')
      const production =
        /--omit[= ]dev|--production|--only[= ]prod|--prod\b/.test(command) ||
        dockerfile.env.get('NODE_ENV')?.value === 'production' ||
        /NODE_ENV=production/.test(text)
      if (
        /^npm (?:ci|install|i)\b/.test(command) &&
        !/\s(?:-g|--global|--location=global)\b/.test(command) &&
        !production
      ) {
        found = true
        yield fail(
          'npm installs development dependencies in the shipped stage.',
          where,
          'Use npm ci --omit=dev, or install in a stage of its own.'
        )
      } else if (
        /^(?:uv sync|poetry install)\b/.test(command) &&
        !/--no-(?:dev|default-groups)|--only|--without|--no-group/.test(command)
      ) {
        found = true
        yield fail(
          `${words[0]} installs development dependencies in the shipped stage.`,
          where,
          words[0] === 'uv' ? 'Use uv sync --frozen --no-dev.' : 'Use poetry install --only main.'
        )
      }
    }
    const apt = commands.some(
      ({ words }) => /^apt(?:-get)?$/.test(words[0] ?? '') && words.includes('install')
    )
    if (
      apt &&
      !/\/var\/lib\/apt\/lists|target=\/var\/(?:lib|cache)\/apt/.test(text) &&
      !commands.some(({ words }) => words[0] === 'apt-get' && words.includes('dist-clean')) &&
      !/--mount=[^\s]*\/var\/lib\/apt/.test(text)
    ) {
      found = true
      yield fail(
        "apt's lists stay in the image.",
        where,
        'End the same RUN with && rm -rf /var/lib/apt/lists/*.'
      )
    }
  }
  const whole = dockerfile.copies.find(
    ({ sources, from }) => from === undefined && sources.some((source) => /^(?:\.\/?|\/)$/.test(source))
  )
  if (whole && context) {
    const where = inDockerfile(dockerfile, whole.line)
    const git = repository?.hasGit && context.folder === '' && !context.dockerignore?.excludes('.git')
    if (git) {
      found = true
      yield fail(
        `The whole context is copied, .git with it${context.dockerignore ? '' : ': there is no .dockerignore'}.`,
        where,
        'Add .git to .dockerignore.'
      )
    }
  }
  if (!found)
    yield unknown(
      'Nothing is seen that a production image should not have; its size is not seen.',
      inDockerfile(dockerfile)
    )
}

function* ofImage(image: ImageFacts): Generator<Finding> {
  const { files, size } = image
  let found = false
  if (size > SIZE_LIMIT) {
    found = true
    yield fail(
      `The image has ${(size / 1024 ** 3).toFixed(1)} GB: expected less than 1 GB.`,
      inConfig(image, 'size')
    )
  }
  const developers = new Map<string, { layer: string; path: string }>()
  for (const [path, file] of files) {
    if (file.type === 'folder' && path === '/app/.git') {
      found = true
      yield fail(
        'The history of git is in the image.',
        { layer: file.layer, path },
        'Add .git to .dockerignore.'
      )
    }
    const tool = DEV.exec(path)?.[1]
    if (tool && !developers.has(tool)) developers.set(tool, { layer: file.layer, path })
  }
  const [first] = developers
  if (first) {
    found = true
    yield fail(
      `Development dependencies are in the image: ${[...developers.keys()].join(', ')}.`,
      first[1],
      'Install with --omit=dev for the shipped stage.'
    )
  }
  if (!found)
    yield pass(
      `The image has ${Math.ceil(size / 1e6)} MB, no history of git, and no development dependencies that are known.`,
      inConfig(image, 'size')
    )
}

const rule: Rule = {
  id: 'OPT-3',
  level: 'SHOULD',
  title: 'The image is fit for production: small, without development dependencies, caches and .git',
  looksAt: 'RUN and COPY of the shipped stage, with .dockerignore; files and size of an image',
  fix: 'Build in one stage, and copy what runs to another.',
  link: links.container,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield* ofDockerfile(dockerfile, facts)
    for (const image of imagesOf(facts)) yield* ofImage(image)
  }
}
export default rule
