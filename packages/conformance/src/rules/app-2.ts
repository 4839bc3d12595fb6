import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { startsOf } from './lib/start.ts'

const rule: Rule = {
  id: 'APP-2',
  level: 'MUST',
  title: 'The service listens on $PORT',
  looksAt: 'the command line of a Dockerfile or an image; a run with two ports (docker://… --run)',
  fix: 'Take the port from the variable PORT: such as sh -c "exec gunicorn --bind 0.0.0.0:$PORT app".',
  link: links.app,
  *check(facts) {
    for (const { start, where } of startsOf(facts)) {
      const { port, literalVariable } = start.listens ?? {}
      if (literalVariable) {
        yield fail(
          'No shell reads this command line, so $PORT is not filled in: expected the value of PORT.',
          where
        )
      } else if (port === '$PORT') yield pass('The command line takes the port from PORT.', where)
      else if (port) yield fail(`The command line says port ${port}: expected $PORT.`, where)
      else yield unknown('Whether the service takes its port from PORT can not be seen here.', where)
    }
  }
}
export default rule
