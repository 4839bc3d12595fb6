import { links, type Rule } from '../rule.ts'

const rule: Rule = {
  id: 'OPT-2',
  level: 'SHOULD',
  title: 'Logs are mozlog lines on stdout',
  looksAt: 'what a run prints (docker://… --run)',
  fix: 'Log with mozlog: @dockerflow/mozlog for Node, dockerflow.logging for Python, mozsvc-common for Go.',
  link: links.mozlog,
  *check() {}
}
export default rule
