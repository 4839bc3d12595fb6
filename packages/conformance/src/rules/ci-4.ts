import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { jobsOf, publishes } from './lib/ci.ts'

const EXPECTED =
  /\bdocker\.io\b|\bhub\.docker\.com\b|[\w-]+-docker\.pkg\.dev\b|\bgcr\.io\b|DOCKER_?HUB|\bDOCKER_(?:USER|USERNAME|PASS|PASSWORD)\b|\bGAR_|ARTIFACT_REGISTRY|artifact-registry|google-github-actions\/auth|workload[-_]identity/i
const OTHERS =
  /\b(?:ghcr\.io|quay\.io|[\w-]+\.azurecr\.io|\d+\.dkr\.ecr\.[\w-]+\.amazonaws\.com|registry\.gitlab\.com|public\.ecr\.aws)\b/i

const rule: Rule = {
  id: 'CI-4',
  level: 'MUST',
  title: 'The image is published to Docker Hub or Google Artifact Registry',
  looksAt: 'workflows of GitHub and CircleCI: jobs that publish',
  fix: 'Push to Docker Hub, or to REGION-docker.pkg.dev of Google Artifact Registry.',
  link: links.ci,
  *check(facts) {
    for (const job of jobsOf(facts)) {
      const step = job.steps.find(publishes)
      if (!step) continue
      const where = { file: step.file, line: step.line }
      const all = JSON.stringify(
        job.steps.map(({ run, uses, with: settings, env }) => [run, uses, settings, env])
      )
      const login = job.steps.some(
        ({ uses, with: settings }) => uses.startsWith('docker/login-action') && !('registry' in settings)
      )
      const other = OTHERS.exec(all)?.[0]
      if (EXPECTED.test(all) || login)
        yield pass('The image is published to Docker Hub or Google Artifact Registry.', where)
      else if (other)
        yield fail(
          `The image is published to ${other}: expected Docker Hub or Google Artifact Registry.`,
          where
        )
      else yield unknown('Where the image is published to depends on what has no value here.', where)
    }
  }
}
export default rule
