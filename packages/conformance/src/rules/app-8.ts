import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import type { ServiceFacts } from '../service/facts.ts'
import { atAnswer, outcomeOf } from './lib/places.ts'

function* ofService({ page, traversals, lbheartbeat }: ServiceFacts): Generator<Finding> {
  const leak = traversals.find(
    ({ status, body }) => status === 200 && /^root:[^:]*:0:0:/m.test(body.toString())
  )
  if (leak) {
    yield fail(
      'A path with .. leads out of the static files: the answer is /etc/passwd.',
      atAnswer(leak),
      'Refuse paths that lead out of the folder of static files.'
    )
    return
  }
  if (!page) {
    yield unknown('No page is served at /, so there are no static files to ask for.', atAnswer(lbheartbeat))
    return
  }
  const missing = page.assets.find(({ status }) => status === null || status >= 400)
  const [first] = page.assets
  if (missing) yield fail(`A file of the page at / ${outcomeOf(missing)}: expected 200.`, atAnswer(missing))
  else if (first)
    yield pass("The page's static files are served, and no path leads out of them.", atAnswer(first))
  else
    yield unknown(
      `The page at / has ${page.elsewhere > 0 ? 'only static files of other origins' : 'no static files'}.`,
      atAnswer(lbheartbeat)
    )
}

const rule: Rule = {
  id: 'APP-8',
  level: 'MUST',
  title: 'The service serves its own static content, and nothing outside of it',
  looksAt: 'the page at / of a service, the files that it names, and paths with ..',
  fix: 'Serve all files that your pages name from the service itself.',
  link: links.static,
  *check({ services }) {
    for (const service of services) yield* ofService(service)
  }
}
export default rule
