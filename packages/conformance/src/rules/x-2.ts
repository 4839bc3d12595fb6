import type { ImageFacts } from '../image/facts.ts'
import { type Finding, fail, links, pass, type Rule } from '../rule.ts'
import { imagesOf, inImage } from './lib/places.ts'

const MANAGERS =
  /^\/(?:usr\/)?(?:local\/)?s?bin\/(apt|apt-get|dpkg|apk|yum|dnf|microdnf|rpm|npm|yarn|pnpm|pip|pip3)$/

function* ofImage(image: ImageFacts): Generator<Finding> {
  const managers = new Map<string, string>()
  const setuid: string[] = []
  for (const [path, { type, mode }] of image.files) {
    if (type === 'file' && (mode & 0o6000) !== 0) setuid.push(path)
    const manager = MANAGERS.exec(path)?.[1]
    if (manager && !managers.has(manager)) managers.set(manager, path)
  }
  const [first] = setuid
  const [manager] = managers
  if (first)
    yield fail(
      `${setuid.length === 1 ? `${first} lends` : `${setuid.length} files, such as ${first}, lend`} the owner's rights (setuid, setgid).`,
      inImage(image, first)
    )
  if (manager)
    yield fail(
      `Package managers are in the image: ${[...managers.keys()].join(', ')}.`,
      inImage(image, manager[1])
    )
  if (!first && !manager)
    yield pass('No file lends rights, and no package manager is there.', inImage(image, '/'))
}

const rule: Rule = {
  id: 'X-2',
  level: 'MAY',
  title: 'No setuid file and no package manager is in the image',
  looksAt: 'files of an image',
  fix: 'RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +; copy what runs to an image without a package manager.',
  link: links.setuid,
  *check(facts) {
    for (const image of imagesOf(facts)) yield* ofImage(image)
  }
}
export default rule
