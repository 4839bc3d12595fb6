import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { atAnswer } from './lib/places.ts'

const rule: Rule = {
  id: 'APP-5e',
  level: 'SHOULD',
  title: 'GET of the heartbeat has no side effect, and no cache keeps its answer',
  looksAt: 'cache-control, expires and set-cookie of /__heartbeat__ of a service',
  fix: 'Send cache-control: no-store, and no cookie, with the heartbeat.',
  link: links.app,
  *check({ services }) {
    for (const { heartbeat } of services) {
      const where = atAnswer(heartbeat)
      if (heartbeat.status === null) continue
      const { 'cache-control': control = '', expires, 'set-cookie': cookie } = heartbeat.headers
      const age = /(?:^|[\s,])(?:s-maxage|max-age)\s*=\s*"?(\d+)/i.exec(control)?.[1]
      const fresh = /(?:^|[\s,])public\b/i.test(control) || Number(age ?? 0) > 0
      const refused = /\bno-store\b|\bno-cache\b|max-age\s*=\s*"?0\b|\bprivate\b/i.test(control)
      if (/\bno-store\b/i.test(control) ? false : fresh)
        yield fail(`The heartbeat may be cached: cache-control: ${control.slice(0, 100)}.`, where)
      else if (control === '' && expires !== undefined && Date.parse(expires) > Date.now())
        yield fail(`The heartbeat may be cached: expires: ${expires.slice(0, 60)}.`, where)
      else if (cookie)
        yield fail('The heartbeat sets a cookie: a session for each request of a monitor.', where)
      else if (refused) yield pass('No cache keeps the heartbeat.', where)
      else
        yield unknown(
          'Nothing says whether the heartbeat may be cached.',
          where,
          'Send cache-control: no-store.'
        )
    }
  }
}
export default rule
