import { type Facts, type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig } from './lib/places.ts'
import { judgeVersion } from './lib/version-object.ts'
import { versionsOf } from './lib/versions.ts'

const LABELS = {
  source: 'org.opencontainers.image.source',
  version: 'org.opencontainers.image.version',
  commit: 'org.opencontainers.image.revision'
} as const

const same = (label: string, member: unknown) =>
  label.replace(/(?:\.git)?\/*$/, '') ===
  (typeof member === 'string' ? member.replace(/(?:\.git)?\/*$/, '') : member)

/** Whether the commit that an image or a service names is one of the repository's. */
function* ofCommits(facts: Facts): Generator<Finding> {
  const { repository } = facts
  if (!repository) return
  for (const { kind, text, where } of versionsOf(facts)) {
    const { commit } = judgeVersion(text).object
    if (kind === 'repository' || kind === 'dockerfile') continue
    if (typeof commit !== 'string' || !/^[\da-f]{40}$/.test(commit)) continue
    const known = repository.hasCommit(commit)
    if (known) yield pass('The commit is one of the repository.', where())
    else if (known === false)
      yield fail(
        `The commit ${commit.slice(0, 12)} is not in this clone of the repository.`,
        where(),
        'Build from a commit that is pushed; fetch it, where this clone is old.'
      )
  }
}

const rule: Rule = {
  id: 'X-5',
  level: 'MAY',
  title: 'Labels say what version.json says, of a commit that exists',
  looksAt:
    'labels and /app/version.json of an image; the commit of an image or a service, with a clone of the repository',
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
    yield* ofCommits(facts)
  }
}
export default rule
