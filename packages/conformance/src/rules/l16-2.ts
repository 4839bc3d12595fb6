import { fail, links, type Rule, unknown } from '../rule.ts'
import { startsOf } from './lib/start.ts'

const FILE =
  /(?:^|\s)(?:-c|--config|--config-file|--conf|--ini|--settings-file)(?:=|\s+)(\S+\.(?:ya?ml|toml|ini|cfg|conf|json|env|py))(?=\s|$)/

const rule: Rule = {
  id: 'L16-2',
  level: 'MAY',
  title: 'Only environment variables configure the service',
  looksAt: 'the command line of a Dockerfile or an image',
  fix: 'Read settings from environment variables, not from a file that the command line names.',
  link: links.older,
  *check(facts) {
    for (const { start, where } of startsOf(facts)) {
      const file = FILE.exec(start.words.join(' '))?.[1]
      if (file)
        yield fail(`The command line names the file ${file}: expected environment variables alone.`, where)
      else yield unknown('Whether it reads a file of settings can not be seen here.', where)
    }
  }
}
export default rule
