import { isDeepStrictEqual } from 'node:util'
import { type Facts, type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import type { ServiceFacts } from '../service/facts.ts'
import { atAnswer, outcomeOf } from './lib/places.ts'
import { judgeVersion } from './lib/version-object.ts'
import { versionsOf } from './lib/versions.ts'

function ofService({ version }: ServiceFacts, facts: Facts): Finding {
  const where = atAnswer(version)
  if (version.status !== 200 || version.failure)
    return fail(`/__version__ ${outcomeOf(version)}: expected 200 and the version object.`, where)
  const { broken, object } = judgeVersion(version.body.toString())
  if (broken) return fail(`The answer ${broken}: expected the contents of /app/version.json.`, where)
  // A file of the repository is the image's only where nothing writes it anew.
  const files = [...versionsOf(facts)].filter(
    ({ kind, rewritten }) =>
      kind === 'image' || (kind === 'repository' && !rewritten && facts.imageSets.length === 0)
  )
  const [file] = files
  if (!file)
    return unknown(
      'The answer is a JSON object; whether it is /app/version.json takes the image too (--image).',
      where
    )
  if (isDeepStrictEqual(judgeVersion(file.text).object, object))
    return pass('The answer is the version file.', where)
  return fail('The answer is not what the version file says.', where)
}

const rule: Rule = {
  id: 'APP-4',
  level: 'MUST',
  title: '/__version__ answers with the contents of /app/version.json',
  looksAt: '/__version__ of a service, together with the file of its image or repository',
  fix: 'Serve the bytes of /app/version.json at /__version__, as JSON. Where the service lives under a path, use --prefix.',
  link: links.app,
  *check(facts) {
    for (const service of facts.services) yield ofService(service, facts)
  }
}
export default rule
