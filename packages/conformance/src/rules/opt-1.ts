import { type Finding, fail, links, type Rule, unknown } from '../rule.ts'
import type { Where } from '../schema.ts'
import { type Started, startsOf } from './lib/start.ts'

const SUPERVISORS =
  /(?:^|[\s/;&|"'])(supervisord|s6-svscan|runsvdir|runit|foreman|honcho|circusd|pm2(?:-runtime)?|concurrently|overmind|monit|my_init)(?=$|[\s;&|"'])/

function judge(start: Started, where: Where): Finding {
  const line = start.words.join(' ')
  const supervisor = SUPERVISORS.exec(line)?.[1]
  if (supervisor) return fail(`${supervisor} runs several processes: expected one.`, where)
  if (start.shell && /[^&>]&(?:\s|$)/.test(line))
    return fail('The command line leaves a process in the background: expected one.', where)
  return unknown('How many processes there are shows only when it runs.', where)
}

const rule: Rule = {
  id: 'OPT-1',
  level: 'SHOULD',
  title: 'A container runs one process',
  looksAt: 'the command line of a Dockerfile or an image; a run (docker://… --run)',
  fix: 'Start one process, and another container of the same image with another command for the other.',
  link: links.optional,
  *check(facts) {
    for (const { start, where } of startsOf(facts)) yield judge(start, where)
  }
}
export default rule
