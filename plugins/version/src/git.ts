import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { repositoryUrl } from './url.ts'
import type { Member } from './version-object.ts'

const run = promisify(execFile)

// Plumbing, which heeds no colours, columns or sort orders of the user's own configuration.
const QUESTIONS: Partial<Record<Member, string[]>> = {
  source: ['remote', 'get-url', 'origin'],
  // The newest tag of this very commit: blank on any commit that is no release.
  version: [
    'for-each-ref',
    '--points-at=HEAD',
    '--sort=-creatordate',
    '--count=1',
    '--format=%(refname:strip=2)',
    'refs/tags'
  ],
  commit: ['rev-parse', '--verify', 'HEAD']
}

/** An answer of git, maybe blank; or why there is none. */
export type Answer = { value: string } | { failure: string }

/** What git knows of the repository around the working directory. Git has no word on `build`. */
export async function askGit(member: Member): Promise<Answer> {
  const args = QUESTIONS[member]
  if (!args) return { value: '' }
  try {
    const { stdout } = await run('git', args, { timeout: 10_000 })
    if (member !== 'source') return { value: stdout.trim() }
    const value = repositoryUrl(stdout)
    return value ? { value } : { failure: 'origin is no repository on a server' }
  } catch (err) {
    const { code, message, stderr = '' } = err as Error & { code?: unknown; stderr?: string }
    if (code === 'ENOENT') return { failure: 'git is not installed' }
    return { failure: (stderr.trim() || message).replace(/\n.*/s, '') }
  }
}
