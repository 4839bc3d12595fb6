import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { isOpaque, jobsOf, publishes, tests, testsContainer, withNeeds } from './lib/ci.ts'

const rule: Rule = {
  id: 'CI-2',
  level: 'MUST',
  title: 'Code and container are tested before the image is published',
  looksAt: 'workflows of GitHub and CircleCI: the steps and jobs before one that publishes',
  fix: 'Test in a step before the one that publishes, or in a job that its job needs; also run the image there.',
  link: links.ci,
  *check(facts) {
    const jobs = jobsOf(facts)
    for (const job of jobs) {
      const at = job.steps.findIndex(publishes)
      const step = job.steps[at]
      if (!step) continue
      const where = { file: step.file, line: step.line }
      const before = [
        ...withNeeds(job, jobs)
          .filter((needed) => needed !== job)
          .flatMap(({ steps }) => steps),
        ...job.steps.slice(0, at)
      ]
      // A script that publishes may test first.
      const own = step.run === '' ? [] : [step]
      const tested = before.some(tests) || own.some(tests)
      const container = [...before, ...own].some(testsContainer)
      if (tested && container)
        yield pass('Tests run, also in the container, before the image is published.', where)
      else if (tested || container) {
        yield unknown(
          `Tests are seen before the image is published; none is seen that ${container ? 'tests the code' : 'runs the container'}.`,
          where
        )
      } else if (before.some(isOpaque))
        yield unknown('No test is seen before the image is published; one may run unseen.', where)
      else yield fail('The image is published untested: no test is seen before.', where)
    }
  }
}
export default rule
