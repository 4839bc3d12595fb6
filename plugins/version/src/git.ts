import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { repositoryUrl } from './url.ts'

const run = promisify(execFile)

/** An answer of git, maybe blank; or why there is none. */
export type Answer = { value: string } | { failure: string }

// Plumbing, or forms of output that the user's own configuration of git doesn't change.
async function ask(...args: string[]): Promise<Answer> {
  try {
    const { stdout } = await run('git', ['--no-optional-locks', ...args], { timeout: 10_000 })
    return { value: stdout.trim() }
  } catch (err) {
    const { code, message, stderr = '' } = err as Error & { code?: unknown; stderr?: string }
    if (code === 'ENOENT') return { failure: 'git is not installed' }
    return { failure: (stderr.trim() || message).replace(/\n.*/s, '') }
  }
}

/** The commit that is checked out around the working directory. */
export const checkedOut = (): Promise<Answer> => ask('rev-parse', '--verify', 'HEAD')

/** The URL of the remote `origin`. */
export async function originUrl(): Promise<Answer> {
  const answer = await ask('remote', 'get-url', 'origin')
  if ('failure' in answer) return answer
  const value = repositoryUrl(answer.value)
  return value ? { value } : { failure: 'origin is no repository on a server' }
}

/**
 * The commit's tag; else the tag before it, the number of commits since, and its hash; else the hash alone. Tags such
 * as `a@1.0.0` are of packages.
 */
export const describe = (commit: string): Promise<Answer> =>
  ask('describe', '--tags', '--exclude=*@*', '--always', '--abbrev=12', commit)

/** Whether files that git knows have changes that aren't committed. Untracked files don't count, as in `git describe`. */
export async function isDirty(): Promise<boolean> {
  const answer = await ask('status', '--porcelain', '--untracked-files=no')
  return 'value' in answer && answer.value !== ''
}

/** The parents of a commit, also in a shallow clone. */
export async function parentsOf(commit: string): Promise<string[]> {
  const answer = await ask('cat-file', 'commit', commit)
  if ('failure' in answer) return []
  const [header = ''] = answer.value.split('\n\n', 1)
  return [...header.matchAll(/^parent (\S+)$/gm)].map(([, parent = '']) => parent)
}
