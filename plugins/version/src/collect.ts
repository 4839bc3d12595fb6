import { type CiBuild, fromCi } from './ci.ts'
import { type Answer, checkedOut, describe, isDirty, originUrl, parentsOf } from './git.ts'
import { repositoryUrl, stripCredentials } from './url.ts'
import { type Member, members } from './version-object.ts'

/** A version object, and what is doubtful about it. */
export interface Collected {
  object: Record<Member, string>
  /** Members that are blank, and why. */
  warnings: string[]
  /** That CI and the checkout name different commits, if so. */
  contradiction: string | undefined
  /** What else no release may have, though each member is sound. */
  doubts: string[]
}

type Flags = Partial<Record<Member, string>>

const failed = (answer: Answer): boolean => 'failure' in answer
const textOf = (answer: Answer): string => ('value' in answer ? answer.value : '')
const isGiven = (value: string | undefined): value is string => Boolean(value?.trim())

/** The version object, out of flags, CI and git. */
export async function collect(flags: Flags, env: Record<string, string | undefined>): Promise<Collected> {
  const given = readFlags(flags)
  const ci = fromCi(env)
  const doubts: string[] = []
  if (ci.pullRequest) doubts.push('this is a build of a pull request')

  const head = await checkedOut()
  const contradiction = isGiven(given.commit) ? undefined : await contradict(ci, textOf(head))
  const commit = await first(given.commit, contradiction ? undefined : ci.commit, async () => head)

  // Of a flag's commit only git can say the version: CI's tag is of another.
  const tag = contradiction || isGiven(given.commit) ? undefined : ci.version
  const version = await first(given.version, tag, () => describeOrShorten(commit, ci))
  if (textOf(commit) === textOf(head) || ci.pullRequest) {
    if (await isDirty()) {
      doubts.push('the checkout has changes that are not committed')
      if (!isGiven(given.version) && 'value' in version) version.value += '-dirty'
    }
  }

  const source = await first(given.source, ci.source, originUrl)
  const build = await first(given.build, ci.build, async () => ({ value: '' }))
  const answers = { source, version, commit, build }
  const failures = new Map<string, Member[]>()
  for (const name of members) {
    const answer = answers[name]
    if ('failure' in answer) failures.set(answer.failure, [...(failures.get(answer.failure) ?? []), name])
  }
  return {
    object: {
      source: textOf(source),
      version: textOf(version),
      commit: textOf(commit),
      build: textOf(build)
    },
    warnings: [...failures].map(([failure, names]) => `blank: ${names.join(', ')} (${failure})`),
    contradiction,
    doubts
  }
}

/** What the flags say, without credentials. */
function readFlags({ source = '', version, commit, build = '' }: Flags): Flags {
  return {
    // Keep a non-URL source so that --release can name it.
    source: repositoryUrl(source) || stripCredentials(source).replace(/[?#].*$/s, ''),
    ...(version === undefined ? {} : { version }),
    ...(commit === undefined ? {} : { commit }),
    build: stripCredentials(build)
  }
}

async function first(
  flag: string | undefined,
  ci: string | undefined,
  git: () => Promise<Answer>
): Promise<Answer> {
  const known = [flag, ci].find(isGiven)
  return known === undefined ? git() : { value: known }
}

/** Says so when CI names another commit than the one that is checked out. */
async function contradict(ci: CiBuild, head: string): Promise<string | undefined> {
  if (!isGiven(ci.commit) || head === '' || ci.commit.toLowerCase() === head) return undefined
  // Of a pull request CI checks out a merge of its head.
  if (ci.pullRequest && (await parentsOf(head)).includes(ci.commit.toLowerCase())) return undefined
  return `CI names the commit ${ci.commit}, and ${head} is checked out: check out the one that you mean, or name it with --commit`
}

/** A pull request's head may not be in a shallow clone: then its hash alone is the version. */
async function describeOrShorten(commit: Answer, { pullRequest }: CiBuild): Promise<Answer> {
  if ('failure' in commit) return commit
  const answer = await describe(commit.value)
  return failed(answer) && pullRequest ? { value: commit.value.slice(0, 12) } : answer
}
