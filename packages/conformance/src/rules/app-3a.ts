import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { judgeVersion } from './lib/version-object.ts'
import { versionsOf } from './lib/versions.ts'

const rule: Rule = {
  id: 'APP-3a',
  level: 'MUST',
  title: 'The version object has source, version, commit and build, each as it must be',
  looksAt:
    '/__version__ of a service, /app/version.json of an image, version.json of a repository, a RUN that writes it',
  fix: 'Write all four as strings: source and build are http(s) URLs, commit has 40 hex digits, version may be blank.',
  link: links.version,
  *check(facts) {
    for (const { kind, text, where, rewritten } of versionsOf(facts)) {
      const { broken, shape, open } = judgeVersion(text)
      if (rewritten) yield unknown(`${rewritten}: look at the image, or the service.`, where())
      else if (broken && kind === 'dockerfile')
        yield unknown('What RUN writes can not be read here.', where())
      else if (broken)
        yield fail(
          `The version object ${broken}: expected an object with source, version, commit and build.`,
          where()
        )
      else if (shape.length > 0) yield fail(`${shape.join('; ')}.`, where(shape[0]?.split(' ')[0]))
      else if (open.length > 0) yield unknown(`${open.join(', ')} are filled in by the build.`, where())
      else yield pass('source, version, commit and build are as they must be.', where())
    }
  }
}
export default rule
