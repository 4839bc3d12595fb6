/** What a user can do something about: one line on stderr, and the exit code. */
export class UserError extends Error {
  readonly exitCode: 1 | 2

  /** @param exitCode 2 for wrong usage, 1 for all else */
  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

const reasons: Record<string, string> = {
  EACCES: 'no permission to write there',
  EDQUOT: 'your quota of the disk is used up',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a part of its path is a file',
  EPERM: 'no permission to write there',
  EROFS: 'the file system is read-only'
}

/** A failed call of the file system as one line that says which folder and why; anything else stays as it is. */
export function explain(error: unknown, folder: string): unknown {
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  return reason === undefined
    ? error
    : new UserError(`${folder}: ${reason}; nothing was written`, 1, { cause: error })
}
