import type { DockerfileFacts } from '../dockerfile/stages.ts'
import { accountsOf } from '../image/accounts.ts'
import type { ImageFacts } from '../image/facts.ts'
import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inDockerfile, inImage } from './lib/places.ts'

const inApp = (path: string) => path === '/app' || path.startsWith('/app/')
const INSTALLS = /^(?:npm|pnpm|yarn|pip\d?|uv|poetry|pipenv|bundle|cargo|go|make|git|composer)$/

function ofDockerfile(dockerfile: DockerfileFacts): Finding {
  const { copies, runs, accounts, user } = dockerfile
  const runner = user?.value.split(':')[0] ?? 'root'
  const isApps = (text: string) => {
    const name = text.split(':')[0] ?? ''
    return (
      name === 'app' ||
      name === '10001' ||
      (name !== '' && name === runner && name !== 'root' && name !== '0')
    )
  }
  const own = copies.filter(({ target }) => inApp(target.replace(/\/$/, '')))
  const given = own.find(({ owner }) => owner !== undefined && isApps(owner))
  if (given) {
    return given.chown === undefined
      ? fail(
          `Files are copied from a stage where they are of ${given.owner}: the user that runs them can change them.`,
          inDockerfile(dockerfile, given.line),
          'Make them as root there, or copy with --chown=root:root.'
        )
      : fail(
          'Files are copied with --chown: the user that runs them can change them.',
          inDockerfile(dockerfile, given.line),
          'Copy without --chown: files then belong to root.'
        )
  }
  for (const { commands, line, workdir, user: maker } of runs) {
    for (const { words } of commands) {
      const [program = '', ...args] = words
      const paths = args.filter((word) => !word.startsWith('-'))
      const whole = paths.some(
        (path) => inApp(path.replace(/\/+$/, '')) || (workdir === '/app' && path === '.')
      )
      if (program === 'chown' && whole && isApps(paths[0] ?? '')) {
        return fail(
          'chown gives /app to the user that runs it, who can change it then.',
          inDockerfile(dockerfile, line),
          'Leave /app to root.'
        )
      }
      if (
        program === 'chmod' &&
        whole &&
        /^(?:-R\s)?(?:0?[0-7]{2}[2367]|a\+\S*w\S*|o\+\S*w\S*|\+w)$/.test(paths[0] ?? '')
      ) {
        return fail(
          'chmod lets everybody write to /app.',
          inDockerfile(dockerfile, line),
          'Leave /app writable by root alone.'
        )
      }
      if (INSTALLS.test(program) && maker !== undefined && isApps(maker) && inApp(workdir)) {
        return fail(
          `${program} runs as ${maker}: what it writes to ${workdir} can be changed by who runs it.`,
          inDockerfile(dockerfile, line),
          'Install as root, before USER app.'
        )
      }
    }
  }
  const home = accounts.users.get('app')
  if (home?.ownsHome && home.home !== undefined && inApp(home.home)) {
    return fail(
      `${home.home} is made as the home of app, who can change what is in it then.`,
      inDockerfile(dockerfile, home.line),
      'Make the user without --create-home, or with another home.'
    )
  }
  const [first] = own
  if (first && own.every(({ owner }) => /^(?:root|0)(?::|$)/.test(owner ?? '')))
    return pass('What is copied to /app belongs to root.', inDockerfile(dockerfile, first.line))
  return unknown('Who owns the files in /app can not be seen here.', inDockerfile(dockerfile, first?.line))
}

function ofImage(image: ImageFacts): Finding {
  const { users } = accountsOf(image)
  const [account = '', group] = image.config.user.split(':')
  const uid =
    account === '' ? 0 : /^\d+$/.test(account) ? Number(account) : (users.get(account)?.uid ?? 10001)
  const gid = group !== undefined && /^\d+$/.test(group) ? Number(group) : (users.get(account)?.gid ?? 10001)
  let first: string | undefined
  let count = 0
  for (const [path, { type, mode, uid: owner, gid: owners }] of image.files) {
    if (!inApp(path) || (type !== 'file' && type !== 'folder')) continue
    const writable =
      (mode & 0o002) !== 0 ||
      (owner === uid && (mode & 0o200) !== 0) ||
      (owners === gid && (mode & 0o020) !== 0)
    if (!writable || uid === 0) continue
    first ??= path
    count++
  }
  if (uid === 0) return fail('The service runs as root, who may write everything.', inImage(image, '/app'))
  if (first !== undefined)
    return fail(
      `The user that runs it may write ${count === 1 ? first : `${count} files and folders in /app, such as ${first}`}.`,
      inImage(image, first)
    )
  return pass('The user that runs it may not write in /app.', inImage(image, '/app'))
}

const rule: Rule = {
  id: 'DOC-2',
  level: 'SHOULD',
  title: "The app's user may only read its files",
  looksAt: 'COPY, chown and chmod of the shipped stage; owners and modes in /app of an image',
  fix: 'Let root own what is in /app.',
  link: links.container,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) yield ofDockerfile(dockerfile)
    for (const image of imagesOf(facts)) yield ofImage(image)
  }
}
export default rule
