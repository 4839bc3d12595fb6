import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig } from './lib/places.ts'
import { judgeVersion } from './lib/version-object.ts'

const LABELS = {
  source: 'org.opencontainers.image.source',
  version: 'org.opencontainers.image.version',
  commit: 'org.opencontainers.image.revision'
} as const

const same = (label: string, member: unknown) =>
  label.replace(/(?:\.git)?\/*$/, '') ===
  (typeof member === 'string' ? member.replace(/(?:\.git)?\/*$/, '') : member)

const rule: Rule = {
  id: 'X-5',
  level: 'MAY',
  title: 'Labels say what version.json says',
  looksAt: 'labels and /app/version.json of an image',
  fix: 'Fill the labels org.opencontainers.image.source, .version and .revision from what version.json is written from.',
  link: links.annotations,
  *check(facts) {
    for (const image of imagesOf(facts)) {
      const { config, contents } = image
      const where = inConfig(image, 'Labels')
      const bytes = contents.get('/app/version.json')
      const { object, broken } = judgeVersion(bytes?.toString() ?? '')
      if (!bytes || broken) {
        yield unknown('There is no version object to compare the labels with.', where)
        continue
      }
      const faults = Object.entries(LABELS).flatMap(([key, label]) => {
        const value = config.labels.get(label)
        if (value === undefined) return [`${label} is missing`]
        return same(value, object[key])
          ? []
          : [`${label} is ${JSON.stringify(value.slice(0, 80))}, and ${key} another`]
      })
      if (faults.length === 0) yield pass('The labels say what version.json says.', where)
      else yield fail(`${faults.join('; ')}.`, where)
    }
  }
}
export default rule
