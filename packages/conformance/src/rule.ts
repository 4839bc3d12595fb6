import type { DockerfileFacts } from './dockerfile/stages.ts'
import type { ImageSet } from './image/facts.ts'
import type { RepositoryFacts } from './repository/facts.ts'
import type { RunFacts } from './run/facts.ts'
import type { Level, Where } from './schema.ts'
import type { ServiceFacts } from './service/facts.ts'

/** All that was read of the targets: a rule judges these, and reads nothing itself. */
export interface Facts {
  dockerfiles: DockerfileFacts[]
  repository: RepositoryFacts | undefined
  imageSets: ImageSet[]
  services: ServiceFacts[]
  runs: RunFacts[]
  /** Whether the platform's own rules apply: both probes on lbheartbeat, port 8000. */
  mozcloud: boolean
}

/** What a rule found in one place. */
export interface Finding {
  verdict: 'pass' | 'fail' | 'unknown'
  message: string
  where: Where
  /** Where this place has a shorter fix than the rule's own. */
  fix?: string
}

/** What a rule says of itself. */
export interface RuleDescription {
  /** The section of the specification and its number, such as `APP-3b`. */
  id: string
  level: Level
  title: string
  /** What it looks at, as people read it. */
  looksAt: string
  /** How to fix what fails. */
  fix: string
  /** The section that it comes from. */
  link: string
}

export interface Rule extends RuleDescription {
  /** One finding for each place; none where nothing of what it looks at is there, which makes it unknown. */
  check(facts: Facts): Iterable<Finding>
}

export const pass = (message: string, where: Where): Finding => ({ verdict: 'pass', message, where })

export const fail = (message: string, where: Where, fix?: string): Finding =>
  fix === undefined ? { verdict: 'fail', message, where } : { verdict: 'fail', message, where, fix }

export const unknown = (message: string, where: Where = null, fix?: string): Finding =>
  fix === undefined ? { verdict: 'unknown', message, where } : { verdict: 'unknown', message, where, fix }

const repository = 'https://github.com/mozilla-services/Dockerflow'
const readme = `${repository}/blob/main/README.md`

/** Where the rules come from. */
export const links = {
  ci: `${readme}#building-and-testing`,
  app: `${readme}#containerized-app-requirements`,
  image: `${readme}#dockerfile-requirements`,
  optional: `${readme}#optional-recommendations`,
  version: `${repository}/blob/main/docs/version_object.md`,
  container: `${repository}/blob/main/docs/building-container.md`,
  static: `${repository}/blob/main/docs/serving-static-content.md`,
  mozlog: 'https://wiki.mozilla.org/Firefox/Services/Logging',
  older: `${repository}/blob/503c7a6d76d80ada5233d0f59883e548333d12f5/README.md`,
  modulus: 'https://github.com/onmodulus/docker-images#the-modulus-docker-standard',
  probes: 'https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/',
  gateway:
    'https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources#configure_health_check',
  podSecurity: 'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
  pinning: 'https://docs.docker.com/build/building/best-practices/#pin-base-image-versions',
  setuid: 'https://docs.docker.com/build/building/best-practices/#user',
  stop: 'https://docs.docker.com/reference/cli/docker/container/stop/',
  runtime: 'https://docs.docker.com/engine/security/',
  annotations: 'https://github.com/opencontainers/image-spec/blob/main/annotations.md',
  attestations: 'https://docs.docker.com/build/metadata/attestations/',
  reproducible: 'https://docs.docker.com/build/ci/github-actions/reproducible-builds/',
  index: 'https://github.com/opencontainers/image-spec/blob/main/image-index.md'
} as const
