import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { startsOf } from './lib/start.ts'

const LOOPBACK = /^(?:127(?:\.\d+){3}|localhost|::1|\[::1\])$/
const ANY = /^(?:0\.0\.0\.0|::|\[::\]|\*|)$/

const rule: Rule = {
  id: 'APP-2b',
  level: 'MUST',
  title: 'The service does not listen on loopback alone',
  looksAt: 'the command line and the variable HOST of a Dockerfile or an image; a run (docker://… --run)',
  fix: 'Bind to 0.0.0.0: a container can not be reached on its own loopback.',
  link: links.app,
  *check(facts) {
    for (const { start, where, variable } of startsOf(facts)) {
      const address = start.listens?.address
      const host = variable('HOST')
      if (address !== undefined && LOOPBACK.test(address)) {
        yield fail(`The command line says ${address}: expected 0.0.0.0.`, where)
      } else if (address !== undefined && ANY.test(address))
        yield pass('The command line binds to all addresses.', where)
      else if (host && LOOPBACK.test(host.value))
        yield fail(`HOST is ${host.value}: expected 0.0.0.0.`, host.where)
      else yield unknown('Which address the service binds to can not be seen here.', where)
    }
  }
}
export default rule
