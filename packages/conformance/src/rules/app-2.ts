import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'
import { startOf } from './lib/start.ts'

const rule: Rule = {
  id: 'APP-2',
  level: 'MUST',
  title: 'The service listens on $PORT',
  looksAt: 'the command line of a Dockerfile or an image; a run with two ports (docker://… --run)',
  fix: 'Take the port from the variable PORT: such as sh -c "exec gunicorn --bind 0.0.0.0:$PORT app".',
  link: links.app,
  *check(facts) {
    const starts = [
      ...facts.dockerfiles.flatMap((dockerfile) => {
        const start = startOf(dockerfile.entrypoint, dockerfile.cmd)
        return start ? [{ start, where: inDockerfile(dockerfile, start.line) }] : []
      }),
      ...imagesOf(facts).map(({ config }) => ({
        start: startOf(
          { line: 1, exec: config.entrypoint, text: '' },
          { line: 1, exec: config.cmd, text: '' }
        ),
        where: inConfig('Cmd')
      }))
    ]
    for (const { start, where } of starts) {
      if (!start) continue
      if (start.listens === undefined)
        yield unknown('Whether the service takes its port from PORT can not be seen here.', where)
      else if (start.listens.literalVariable) {
        yield fail(
          'No shell reads this command line, so $PORT is not filled in: expected the value of PORT.',
          where
        )
      } else if (start.listens.port === '$PORT')
        yield pass('The command line takes the port from PORT.', where)
      else if (start.listens.port)
        yield fail(`The command line says port ${start.listens.port}: expected $PORT.`, where)
      else yield unknown('Whether the service takes its port from PORT can not be seen here.', where)
    }
  }
}
export default rule
