import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inDockerfile, inImage } from './lib/places.ts'

const rule: Rule = {
  id: 'MOD-4',
  level: 'MAY',
  title:
    'A program `start` is on the path of the image that runs, and `build` on that of the one that builds',
  looksAt: 'CMD and COPY of a Dockerfile; files on the path of an image',
  fix: 'COPY a script to /usr/local/bin/start, and make it the CMD.',
  link: links.modulus,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) {
      const { cmd, entrypoint, copies } = dockerfile
      const words = [...(entrypoint?.exec ?? []), ...(cmd?.exec ?? [])]
      const copied = copies.find(
        ({ target, sources }) =>
          /\/bin\/start$/.test(target) ||
          (/\/bin\/$/.test(target) && sources.some((source) => /(?:^|\/)start$/.test(source)))
      )
      if (
        words.includes('start') &&
        !/^(?:npm|pnpm|yarn|bun)$/.test(words[words.indexOf('start') - 1] ?? '')
      ) {
        yield pass('The program start is run.', inDockerfile(dockerfile, cmd?.line))
      } else if (copied) yield pass('A program start is on the path.', inDockerfile(dockerfile, copied.line))
      else yield unknown('No program start is seen.', inDockerfile(dockerfile))
    }
    for (const image of imagesOf(facts)) {
      const folders = (
        image.config.env.get('PATH') ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
      ).split(':')
      const found = folders.map((folder) => `${folder}/start`).find((path) => image.files.has(path))
      if (found) yield pass('A program start is on the path.', inImage(image, found))
      else yield fail('No program start is on the path.', inImage(image, '/usr/local/bin/start'))
    }
  }
}
export default rule
