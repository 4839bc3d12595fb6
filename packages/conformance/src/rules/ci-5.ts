import { links, pass, type Rule } from '../rule.ts'
import { jobsOf } from './lib/ci.ts'

const rule: Rule = {
  id: 'CI-5',
  level: 'MUST',
  title: 'Builds and tests leave a log',
  looksAt: 'workflows of GitHub and CircleCI, and tasks of Taskcluster, each of which keeps one',
  fix: 'Build and test with GitHub Actions, CircleCI or Taskcluster.',
  link: links.ci,
  *check(facts) {
    const [job] = jobsOf(facts)
    const taskcluster = facts.repository?.taskcluster
    if (job) yield pass(`${job.ci} keeps a log of each run.`, { file: job.file, line: job.line })
    else if (taskcluster) yield pass('Taskcluster keeps a log of each task.', { file: taskcluster, line: 1 })
  }
}
export default rule
