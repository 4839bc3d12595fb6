import type { Family } from './bases.ts'
import { isResolved } from './expand.ts'
import { type Command, programOf } from './shell.ts'

/** A number that was given; `auto` where the system chooses it; `unknown` where it can't be read. */
export type Id = number | 'auto' | 'unknown'

export interface Group {
  gid: Id
  line: number
}

export interface User {
  uid: Id
  /** Of the primary group: its name or its number. */
  group: string | number
  /** The names of further groups. */
  more: Set<string>
  home: string | undefined
  /** Whether the home folder was made, and is the user's. */
  ownsHome: boolean
  line: number
}

/** The users and groups of an image, as far as its Dockerfile makes them. */
export class Accounts {
  readonly groups: Map<string, Group>
  readonly users: Map<string, User>
  /** Whether nothing but what was seen is in it: not so on an unknown base, or after a script made accounts. */
  complete: boolean

  constructor(complete: boolean, from?: Accounts) {
    this.complete = complete
    this.groups = new Map(from?.groups)
    this.users = new Map(from?.users)
  }

  copy(): Accounts {
    return new Accounts(this.complete, this)
  }

  /** The gid of the user's primary group. */
  gidOf({ group }: User): Id {
    if (typeof group === 'number') return group
    return this.groups.get(group)?.gid ?? 'unknown'
  }

  /** The name of the user that an instruction USER names, by name or by number; undefined where there is none. */
  nameOf(user: string): string | undefined {
    if (!/^\d+$/.test(user)) return this.users.has(user) ? user : undefined
    const uid = Number(user)
    for (const [name, account] of this.users) if (account.uid === uid) return name
    return undefined
  }

  /** Does what `command` does to accounts. */
  apply(command: Command, line: number, family: Family): void {
    const program = programOf(command)
    const args = command.words.slice(1)
    if (program === 'groupadd') this.#groupadd(args, line)
    else if (program === 'useradd') this.#useradd(args, line)
    else if (program === 'addgroup') this.#addgroup(args, line, family)
    else if (program === 'adduser') this.#adduser(args, line, family)
    else if (program === 'usermod') this.#usermod(args, line)
    else if (program === 'groupmod') this.#groupmod(args, line)
    else if (program === 'gpasswd') this.#gpasswd(args)
    else if (program === 'deluser' || program === 'userdel') this.#remove(this.users, args)
    else if (program === 'delgroup' || program === 'groupdel') this.#remove(this.groups, args)
    else if (program === 'echo' || program === 'printf') this.#echo(command, line)
  }

  /** Reads lines of /etc/passwd or /etc/group, which a file of the build adds. */
  addFile(path: string, text: string, line: number): void {
    for (const entry of text.split(/\n|\\n/)) {
      const fields = entry.split(':')
      const [name = ''] = fields
      if (path === '/etc/group' && fields.length >= 3) this.groups.set(name, { gid: idOf(fields[2]), line })
      if (path === '/etc/passwd' && fields.length >= 4) {
        const uid = idOf(fields[2])
        this.#setUser(name, { uid, group: numberOr(fields[3] ?? ''), home: fields[5], line })
      }
    }
  }

  #setUser(name: string, user: Partial<User> & Pick<User, 'uid' | 'group' | 'line'>): void {
    this.users.set(name, { more: new Set(), home: undefined, ownsHome: false, ...user })
  }

  #groupadd(args: string[], line: number): void {
    const { options, names } = parse(args, {
      valued: 'gKpPR',
      long: ['gid', 'key', 'password', 'root', 'prefix', 'users']
    })
    const [name] = names
    if (name === undefined) return
    // -f: an existing group is left as it is.
    if ((options.has('f') || options.has('force')) && this.groups.has(name)) return
    this.groups.set(name, { gid: given(options, 'g', 'gid') ?? 'auto', line })
  }

  #useradd(args: string[], line: number): void {
    const { options, names } = parse(args, {
      valued: 'bcdefgGkKpPRsuZ',
      long: [
        'base-dir',
        'comment',
        'home-dir',
        'home',
        'expiredate',
        'inactive',
        'gid',
        'groups',
        'skel',
        'key',
        'password',
        'root',
        'prefix',
        'shell',
        'uid',
        'selinux-user'
      ]
    })
    const [name] = names
    if (name === undefined) return
    const uid = given(options, 'u', 'uid') ?? 'auto'
    const primary = options.get('g') ?? options.get('gid')
    const alone = options.has('N') || options.has('no-user-group')
    let group: string | number = primary === undefined ? (alone ? 100 : name) : numberOr(primary)
    // useradd makes a group of the user's name, with the user's number where that is free.
    if (primary === undefined && !alone && !this.groups.has(name)) this.groups.set(name, { gid: uid, line })
    if (typeof group === 'number') group = this.#groupName(group) ?? group
    const home = options.get('d') ?? options.get('home-dir') ?? options.get('home') ?? `/home/${name}`
    const makes = options.has('m') || options.has('create-home')
    this.#setUser(name, {
      uid,
      group,
      more: list(options.get('G') ?? options.get('groups')),
      home,
      ownsHome: makes,
      line
    })
  }

  #addgroup(args: string[], line: number, family: Family): void {
    const { options, names } = parse(args, { valued: 'g', long: ['gid', 'conf', 'firstgid', 'lastgid'] })
    const [first, second] = names
    if (first === undefined) return
    // `addgroup USER GROUP` puts a user into a group, as adduser does.
    if (second !== undefined && family !== 'redhat') {
      this.users.get(first)?.more.add(second)
      return
    }
    this.groups.set(first, { gid: given(options, 'g', 'gid') ?? 'auto', line })
  }

  #adduser(args: string[], line: number, family: Family): void {
    if (family === 'redhat') {
      this.#useradd(args, line)
      return
    }
    const debian = family !== 'alpine' && args.some((arg) => /^--(?!system|uid|shell|home)/.test(arg))
    const valued = family === 'alpine' ? 'hgsGuk' : 'hgsGudc'
    const { options, names } = parse(args, {
      valued,
      long: [
        'uid',
        'gid',
        'ingroup',
        'home',
        'shell',
        'gecos',
        'comment',
        'conf',
        'firstuid',
        'lastuid',
        'add_extra_groups'
      ]
    })
    const [name, into] = names
    if (name === undefined) return
    if (into !== undefined) {
      this.users.get(name)?.more.add(into)
      return
    }
    const uid = given(options, 'u', 'uid') ?? 'auto'
    // busybox: -G is the group, -g the comment. Debian: --ingroup, --gid. Red Hat's is useradd.
    const shadow =
      !debian && family !== 'alpine' && (options.has('r') || options.has('M') || options.has('m'))
    if (shadow) {
      this.#useradd(args, line)
      return
    }
    const primary = options.get('ingroup') ?? options.get('gid') ?? options.get('G')
    const system = options.has('system') || options.has('S')
    const ownGroup = primary === undefined && (!system || options.has('group'))
    if (ownGroup && !this.groups.has(name)) this.groups.set(name, { gid: uid, line })
    let group: string | number = primary === undefined ? (ownGroup ? name : 'nogroup') : numberOr(primary)
    if (typeof group === 'number') group = this.#groupName(group) ?? group
    const home = options.get('home') ?? options.get('h') ?? `/home/${name}`
    const makes =
      !options.has('no-create-home') &&
      !options.has('H') &&
      !(system && family === 'debian' && !options.has('home'))
    this.#setUser(name, { uid, group, home, ownsHome: makes, line })
  }

  #usermod(args: string[], line: number): void {
    const { options, names } = parse(args, {
      valued: 'cdefgGlpPRsuZ',
      long: [
        'comment',
        'home',
        'gid',
        'groups',
        'login',
        'uid',
        'shell',
        'password',
        'expiredate',
        'inactive'
      ]
    })
    const [name] = names
    if (name === undefined) return
    const known = this.users.get(name)
    const user: User = known
      ? { ...known, more: new Set(known.more), line }
      : { uid: 'unknown', group: name, more: new Set(), home: undefined, ownsHome: false, line }
    const uid = given(options, 'u', 'uid')
    if (uid !== undefined) user.uid = uid
    const primary = options.get('g') ?? options.get('gid')
    if (primary !== undefined) user.group = numberOr(primary)
    if (typeof user.group === 'number') user.group = this.#groupName(user.group) ?? user.group
    for (const group of list(options.get('G') ?? options.get('groups'))) user.more.add(group)
    const renamed = options.get('l') ?? options.get('login')
    if (renamed !== undefined) this.users.delete(name)
    this.users.set(renamed ?? name, user)
  }

  #groupmod(args: string[], line: number): void {
    const { options, names } = parse(args, { valued: 'gnpPR', long: ['gid', 'new-name', 'password'] })
    const [name] = names
    if (name === undefined) return
    const gid = given(options, 'g', 'gid') ?? this.groups.get(name)?.gid ?? 'unknown'
    const renamed = options.get('n') ?? options.get('new-name')
    if (renamed !== undefined) {
      this.groups.delete(name)
      for (const user of this.users.values()) if (user.group === name) user.group = renamed
    }
    this.groups.set(renamed ?? name, { gid, line })
  }

  #gpasswd(args: string[]): void {
    const { options, names } = parse(args, { valued: 'adAM', long: ['add', 'delete'] })
    const user = options.get('a') ?? options.get('add')
    if (user !== undefined && names[0] !== undefined) this.users.get(user)?.more.add(names[0])
  }

  #remove(from: Map<string, unknown>, args: string[]): void {
    for (const name of args) if (!name.startsWith('-')) from.delete(name)
  }

  /** `echo 'app:x:10001:10001::/app:/bin/false' >> /etc/passwd`. */
  #echo({ words, writes }: Command, line: number): void {
    const path = writes.find((file) => file === '/etc/passwd' || file === '/etc/group')
    if (path) for (const word of words.slice(1)) this.addFile(path, word, line)
  }

  #groupName(gid: number): string | undefined {
    for (const [name, group] of this.groups) if (group.gid === gid) return name
    return undefined
  }
}

function idOf(text: string | undefined): Id {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 'unknown'
}

const numberOr = (text: string): string | number => (/^\d+$/.test(text) ? Number(text) : text)

function given(options: Map<string, string>, short: string, long: string): Id | undefined {
  const value = options.get(short) ?? options.get(long)
  return value === undefined ? undefined : idOf(value)
}

const list = (text: string | undefined) => new Set(text ? text.split(',') : [])

/** Options and names of a command line: `-u 1`, `-u1`, `-mu 1`, `--uid 1`, `--uid=1`, and `--` that ends them. */
function parse(args: string[], { valued, long }: { valued: string; long: string[] }) {
  const options = new Map<string, string>()
  const names: string[] = []
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string
    if (arg === '--') {
      names.push(...args.slice(at + 1))
      break
    }
    if (arg.startsWith('--')) {
      const [name = '', value] = splitOnce(arg.slice(2))
      // A long option may be cut short, as getopt lets one.
      const full = long.includes(name)
        ? name
        : (long.find((known) => name.length > 1 && known.startsWith(name)) ?? name)
      if (value !== undefined) options.set(full, value)
      else if (long.includes(full)) options.set(full, args[++at] ?? '')
      else options.set(full, '')
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let letter = 1; letter < arg.length; letter++) {
        const name = arg[letter] as string
        if (!valued.includes(name)) {
          options.set(name, '')
          continue
        }
        options.set(name, arg.slice(letter + 1) || (args[++at] ?? ''))
        break
      }
    } else if (arg !== '' && isResolved(arg)) {
      names.push(arg)
    }
  }
  return { options, names }
}

function splitOnce(text: string): [name: string, value: string | undefined] {
  const at = text.indexOf('=')
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
