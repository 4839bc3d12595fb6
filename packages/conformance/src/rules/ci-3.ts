import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { builds, jobsOf } from './lib/ci.ts'

const rule: Rule = {
  id: 'CI-3',
  level: 'MUST',
  title: 'An earlier commit can be built and tested again by hand',
  looksAt: 'workflows of GitHub and CircleCI: what starts those that build the image',
  fix: 'Add workflow_dispatch to the workflow that builds the image: it takes any branch or tag.',
  link: links.ci,
  *check(facts) {
    const jobs = jobsOf(facts)
    const building = jobs.filter((job) => job.steps.some(builds))
    const [first] = building
    if (!first) {
      const taskcluster = facts.repository?.taskcluster
      if (taskcluster)
        yield unknown('Taskcluster builds it, whose tasks are made by code.', { file: taskcluster, line: 1 })
      else if (jobs[0])
        yield unknown('No step is seen to build the image.', { file: jobs[0].file, line: jobs[0].line })
      return
    }
    const byHand = building.find((job) => job.byHand)
    const { file, line } = byHand ?? first
    if (!byHand)
      yield fail('No workflow that builds the image can be started by hand for an earlier commit.', {
        file,
        line
      })
    else yield pass(`${byHand.ci} builds an earlier commit by hand.`, { file, line })
  }
}
export default rule
