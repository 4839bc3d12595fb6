import { fail, links, type Rule, unknown } from '../rule.ts'
import { inDockerfile } from './lib/places.ts'
import { startOf } from './lib/start.ts'

const rule: Rule = {
  id: 'APP-7',
  level: 'MUST',
  title: 'Logs are text on stdout or stderr',
  looksAt: 'the command line of a Dockerfile; what a run prints (docker://… --run)',
  fix: 'Write logs to stdout: with gunicorn, --access-logfile - and --error-logfile -.',
  link: links.app,
  *check({ dockerfiles }) {
    for (const dockerfile of dockerfiles) {
      const start = startOf(dockerfile.entrypoint, dockerfile.cmd)
      if (!start) continue
      const line = start.words.join(' ')
      const file = /(?:--(?:access-|error-)?log-?file|--logto2?|--log-path)[= ]+(\/(?!dev\/|proc\/)\S+)/.exec(
        line
      )?.[1]
      const where = inDockerfile(dockerfile, start.line)
      if (file) yield fail(`Logs go to ${file}: expected stdout or stderr.`, where)
      else yield unknown('Where logs go shows only when it runs.', where)
    }
  }
}
export default rule
