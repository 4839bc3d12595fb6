import { readFileSync } from 'node:fs'
import { repositoryUrl, stripCredentials } from './url.ts'
import type { Member } from './version-object.ts'

type Env = Record<string, string | undefined>

/** What a CI says of a build. */
export interface CiBuild extends Partial<Record<Member, string | undefined>> {
  /**
   * Whether it builds a pull request. `commit` is the head then, though CI may have checked out a merge of it, which
   * vanishes.
   */
  pullRequest?: boolean
}

/** What the CI that runs this says of the build, from its environment. Nothing, where no CI is known. */
export function fromCi(env: Env): CiBuild {
  const known = read(env)
  // Some name no commit but `HEAD`.
  const commit = /^[\da-f]{40,64}$/i.test(known.commit ?? '') ? known.commit : undefined
  return {
    ...known,
    commit,
    source: repositoryUrl(known.source ?? ''),
    build: stripCredentials(known.build ?? '')
  }
}

function read(env: Env): CiBuild {
  if (env.GITHUB_ACTIONS === 'true') return fromGitHub(env)
  if (env.GITLAB_CI === 'true') return fromGitLab(env)
  if (env.CIRCLECI === 'true') return fromCircle(env)
  if (env.BUILDKITE === 'true') return fromBuildkite(env)
  if (env.BITBUCKET_BUILD_NUMBER) return fromBitbucket(env)
  if (env.TASKCLUSTER_ROOT_URL && env.TASK_ID) return fromTaskcluster(env)
  if (env.PROJECT_ID && env.BUILD_ID && env.COMMIT_SHA) return fromCloudBuild(env)
  return {}
}

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
function fromGitHub(env: Env): CiBuild {
  const known: CiBuild = { commit: env.GITHUB_SHA }
  if (env.GITHUB_REF_TYPE === 'tag') known.version = env.GITHUB_REF_NAME
  if (env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY) {
    known.source = `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}`
    if (env.GITHUB_RUN_ID) known.build = `${known.source}/actions/runs/${env.GITHUB_RUN_ID}`
  }
  if (env.GITHUB_EVENT_NAME?.startsWith('pull_request')) {
    known.pullRequest = true
    known.commit = headOf(env.GITHUB_EVENT_PATH) ?? known.commit
  }
  return known
}

/** The head of the pull request in the file of GitHub's event. */
function headOf(path: string | undefined): string | undefined {
  try {
    return JSON.parse(readFileSync(path ?? '', 'utf8')).pull_request.head.sha
  } catch {
    return undefined // no such file, or another event
  }
}

/** @see https://docs.gitlab.com/ci/variables/predefined_variables/ */
function fromGitLab(env: Env): CiBuild {
  return {
    source: env.CI_PROJECT_URL,
    version: env.CI_COMMIT_TAG,
    // Set where the pipeline runs on a merge of the branch.
    commit: env.CI_MERGE_REQUEST_SOURCE_BRANCH_SHA || env.CI_COMMIT_SHA,
    build: env.CI_JOB_URL,
    pullRequest: Boolean(env.CI_MERGE_REQUEST_IID)
  }
}

/** @see https://circleci.com/docs/reference/variables/ */
function fromCircle(env: Env): CiBuild {
  return {
    source: env.CIRCLE_REPOSITORY_URL,
    version: env.CIRCLE_TAG,
    commit: env.CIRCLE_SHA1,
    build: env.CIRCLE_BUILD_URL,
    pullRequest: Boolean(env.CIRCLE_PULL_REQUEST)
  }
}

/** @see https://buildkite.com/docs/pipelines/configure/environment-variables */
function fromBuildkite(env: Env): CiBuild {
  const { BUILDKITE_BUILD_URL: build, BUILDKITE_JOB_ID: job } = env
  return {
    source: env.BUILDKITE_REPO,
    version: env.BUILDKITE_TAG,
    commit: env.BUILDKITE_COMMIT,
    build: build && job ? `${build}#${job}` : build,
    pullRequest: /^\d+$/.test(env.BUILDKITE_PULL_REQUEST ?? '')
  }
}

/** @see https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/ */
function fromBitbucket(env: Env): CiBuild {
  const source = env.BITBUCKET_REPO_FULL_NAME && `https://bitbucket.org/${env.BITBUCKET_REPO_FULL_NAME}`
  return {
    source,
    version: env.BITBUCKET_TAG,
    commit: env.BITBUCKET_COMMIT,
    build: source && `${source}/pipelines/results/${env.BITBUCKET_BUILD_NUMBER}`,
    pullRequest: Boolean(env.BITBUCKET_PR_ID)
  }
}

/**
 * Cloud Build's substitutions, which a build has in its environment with `automapSubstitutions: true`.
 * @see https://docs.cloud.google.com/build/docs/configuring-builds/substitute-variable-values
 */
function fromCloudBuild(env: Env): CiBuild {
  const region = env.LOCATION || 'global'
  return {
    version: env.TAG_NAME,
    commit: env.COMMIT_SHA,
    build: `https://console.cloud.google.com/cloud-build/builds;region=${region}/${env.BUILD_ID}?project=${env.PROJECT_ID}`,
    pullRequest: Boolean(env._PR_NUMBER)
  }
}

/**
 * A worker gives the task's id alone. taskgraph names the repository, each variable with the
 * repository's own prefix (`VCS_` in its docker-image tasks), or by a version 0 `.taskcluster.yml`.
 * @see https://docs.taskcluster.net/docs/manual/design/env-vars
 */
function fromTaskcluster(env: Env): CiBuild {
  const prefixes = Object.keys(env).flatMap((name) => (env[name] && /^(.+)_HEAD_REV$/.exec(name)?.[1]) || [])
  // Of several repositories (an application's, and that of its build scripts) none is a better guess.
  const prefix = prefixes.length === 1 ? prefixes[0] : 'VCS'
  const tag = env[`${prefix}_HEAD_TAG`] || env[`${prefix}_HEAD_REF`]?.match(/^refs\/tags\/.+/)?.[0]
  return {
    source: env[`${prefix}_HEAD_REPOSITORY`] || env.GITHUB_HEAD_REPO_URL,
    version: (tag || env.GITHUB_HEAD_TAG)?.replace(/^refs\/tags\//, ''),
    commit: env[`${prefix}_HEAD_REV`] || env.GITHUB_HEAD_SHA,
    build: `${env.TASKCLUSTER_ROOT_URL?.replace(/\/+$/, '')}/tasks/${env.TASK_ID}`,
    pullRequest: Boolean(env.GITHUB_PULL_REQUEST)
  }
}
