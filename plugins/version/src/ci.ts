import { repositoryUrl, stripCredentials } from './url.ts'
import type { Member } from './version-object.ts'

type Env = Record<string, string | undefined>
type Known = Partial<Record<Member, string | undefined>>

/** What the CI that runs this says of the build, from its environment. Nothing, where no CI is known. */
export function fromCi(env: Env): Known {
  const known = read(env)
  return { ...known, source: repositoryUrl(known.source ?? ''), build: stripCredentials(known.build ?? '') }
}

function read(env: Env): Known {
  if (env.GITHUB_ACTIONS === 'true') return fromGitHub(env)
  if (env.CIRCLECI === 'true') return fromCircle(env)
  if (env.TASKCLUSTER_ROOT_URL && env.TASK_ID) return fromTaskcluster(env)
  return {}
}

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
function fromGitHub(env: Env): Known {
  const known: Known = { commit: env.GITHUB_SHA }
  if (env.GITHUB_REF_TYPE === 'tag') known.version = env.GITHUB_REF_NAME
  if (env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY) {
    known.source = `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}`
    if (env.GITHUB_RUN_ID) known.build = `${known.source}/actions/runs/${env.GITHUB_RUN_ID}`
  }
  return known
}

/** @see https://circleci.com/docs/reference/variables/ */
function fromCircle(env: Env): Known {
  return {
    source: env.CIRCLE_REPOSITORY_URL,
    version: env.CIRCLE_TAG,
    commit: env.CIRCLE_SHA1,
    build: env.CIRCLE_BUILD_URL
  }
}

/**
 * A worker gives the task's id alone. The repository is told by taskgraph, each variable with the
 * repository's own prefix (`VCS_` in its docker-image tasks), or by a version 0 `.taskcluster.yml`.
 * @see https://docs.taskcluster.net/docs/manual/design/env-vars
 */
function fromTaskcluster(env: Env): Known {
  const prefixes = Object.keys(env).flatMap((name) => (env[name] && /^(.+)_HEAD_REV$/.exec(name)?.[1]) || [])
  // Of several repositories (an application's, and that of its build scripts) none is a better guess.
  const prefix = prefixes.length === 1 ? prefixes[0] : 'VCS'
  const tag = env[`${prefix}_HEAD_TAG`] || env[`${prefix}_HEAD_REF`]?.match(/^refs\/tags\/.+/)?.[0]
  return {
    source: env[`${prefix}_HEAD_REPOSITORY`] || env.GITHUB_HEAD_REPO_URL,
    version: (tag || env.GITHUB_HEAD_TAG)?.replace(/^refs\/tags\//, ''),
    commit: env[`${prefix}_HEAD_REV`] || env.GITHUB_HEAD_SHA,
    build: `${env.TASKCLUSTER_ROOT_URL?.replace(/\/+$/, '')}/tasks/${env.TASK_ID}`
  }
}
