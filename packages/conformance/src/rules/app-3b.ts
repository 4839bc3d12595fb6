import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { judgeVersion } from './lib/version-object.ts'
import { versionsOf } from './lib/versions.ts'

const rule: Rule = {
  id: 'APP-3b',
  level: 'MUST',
  title: 'The version object holds no placeholder',
  looksAt:
    '/__version__ of a service, /app/version.json of an image, version.json of a repository, a RUN that writes it',
  fix: "Write version.json in CI from the commit and the job's own URL, before the image is built.",
  link: links.version,
  *check(facts) {
    for (const { text, where, rewritten } of versionsOf(facts)) {
      const { broken, placeholders, open } = judgeVersion(text)
      if (rewritten) yield unknown(`${rewritten}: look at the image, or the service.`, where())
      else if (broken) yield unknown(`The version object ${broken}, so it can not be read.`, where())
      else if (placeholders.length > 0)
        yield fail(
          `${placeholders.join('; ')}: expected what this was built from.`,
          where(placeholders[0]?.split(' ')[0])
        )
      else if (open.length > 0) yield unknown(`${open.join(', ')} are filled in by the build.`, where())
      else yield pass('No member is a placeholder.', where())
    }
  }
}
export default rule
