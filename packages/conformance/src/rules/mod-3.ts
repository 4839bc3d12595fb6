import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

const rule: Rule = {
  id: 'MOD-3',
  level: 'MAY',
  title: 'HOME and TMPDIR name folders that can be written',
  looksAt: 'ENV of a Dockerfile or an image',
  fix: 'ENV HOME=/tmp TMPDIR=/tmp, and let /tmp be the one place that is written to.',
  link: links.modulus,
  *check(facts) {
    const judge = (has: (name: string) => boolean) => {
      const missing = [has('HOME') ? '' : 'HOME', has('TMPDIR') || has('TEMP_DIR') ? '' : 'TMPDIR'].filter(
        Boolean
      )
      return missing.join(' and ')
    }
    for (const dockerfile of facts.dockerfiles) {
      const missing = judge((name) => dockerfile.env.has(name))
      const where = inDockerfile(dockerfile, dockerfile.env.get('HOME')?.line)
      if (missing === '') yield pass('HOME and TMPDIR are set.', where)
      else if (dockerfile.base.kind === 'unknown')
        yield unknown(`${missing} may be set by the base image.`, where)
      else yield fail(`${missing} not set.`, where)
    }
    for (const image of imagesOf(facts)) {
      const { config } = image
      const missing = judge((name) => config.env.has(name))
      if (missing === '') yield pass('HOME and TMPDIR are set.', inConfig(image, 'Env'))
      else yield fail(`${missing} not set.`, inConfig(image, 'Env'))
    }
  }
}
export default rule
