import type { ImageFacts } from './facts.ts'

export interface ImageAccounts {
  users: Map<string, { uid: number; gid: number }>
  groups: Map<string, { gid: number; members: string[] }>
}

/** The users and groups in an image's /etc/passwd and /etc/group. */
export function accountsOf({ contents }: ImageFacts): ImageAccounts {
  const users: ImageAccounts['users'] = new Map()
  const groups: ImageAccounts['groups'] = new Map()
  const entries = (path: string) =>
    (contents.get(path)?.toString() ?? '').split('\n').map((line) => line.split(':'))
  for (const [name = '', , uid, gid] of entries('/etc/passwd')) {
    if (uid && gid && !users.has(name)) users.set(name, { uid: Number(uid), gid: Number(gid) })
  }
  for (const [name = '', , gid, members = ''] of entries('/etc/group')) {
    if (gid && !groups.has(name)) groups.set(name, { gid: Number(gid), members: members.split(',') })
  }
  return { users, groups }
}
