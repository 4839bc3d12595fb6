import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { builds, isOpaque, jobsOf } from './lib/ci.ts'

const rule: Rule = {
  id: 'CI-1',
  level: 'MUST',
  title: 'CI builds the image on a pull request and on a merge',
  looksAt: 'workflows of GitHub and CircleCI',
  fix: 'Build the image in a workflow that runs on pull_request, and on push to the main branch.',
  link: links.ci,
  *check(facts) {
    const jobs = jobsOf(facts)
    const taskcluster = facts.repository?.taskcluster
    if (jobs.length === 0) {
      if (taskcluster)
        yield unknown('Taskcluster builds it, whose tasks are made by code.', { file: taskcluster, line: 1 })
      return
    }
    const building = jobs.filter((job) => job.steps.some(builds))
    const first = building[0] ?? jobs[0]
    const step = first?.steps.find(builds)
    const where = { file: step?.file ?? first?.file ?? '', line: step?.line ?? first?.line ?? 1 }
    const opaque = jobs.some((job) => job.steps.some(isOpaque)) || taskcluster !== undefined
    if (building.length === 0) {
      yield opaque
        ? unknown('No step is seen to build the image; one may do so unseen.', where)
        : fail('No workflow builds the image: expected one that does, on pull requests and merges.', where)
      return
    }
    const onPullRequest = building.some((job) => job.onPullRequest)
    const onMerge = building.some((job) => job.onMerge)
    if (onPullRequest && onMerge) yield pass('The image is built on pull requests and on merges.', where)
    else if (opaque && onMerge)
      yield unknown('No step is seen to build the image on pull requests; one may do so unseen.', where)
    else
      yield fail(
        `The image is not built on ${onPullRequest ? 'merges' : onMerge ? 'pull requests' : 'pull requests, nor on merges'}.`,
        where
      )
  }
}
export default rule
