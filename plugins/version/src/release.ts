import { type Member, members } from './version-object.ts'

const words =
  /^(?:tb[ad]|todo|fixme|unknown|none|null|nil|undefined|nan|n\/?a|place-?holder|change-?me|latest|main|master|head|x{2,})$/i

/** What a template leaves behind when nothing was filled in: <x>, {{x}}, ${x}, $x, $(x), %x%, @x@. */
const template = /<[^<>]*>|\{\{|\$[\w({]|^%.*%$|^@\w+@$/

function isPlaceholder(value: string): boolean {
  return words.test(value.trim()) || template.test(value.trim()) || !/[\p{L}\p{N}]/u.test(value)
}

function isWebUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s<>{}"\\^`|]+$/i.test(value)) return false
  const url = URL.parse(value)
  return url !== null && !isPlaceholder(url.hostname) && !template.test(value)
}

const rules: Record<Member, [test: (value: string) => boolean, expected: string]> = {
  source: [isWebUrl, 'an http(s) URL'],
  version: [(value) => !isPlaceholder(value), 'a version, neither blank nor a placeholder'],
  commit: [(value) => /^(?!0{40})[\da-f]{40}$/i.test(value), '40 hex digits, not all of them 0'],
  build: [isWebUrl, 'an http(s) URL']
}

/** Each member that a release can't have, with what was expected. */
export function findFaults(object: Record<Member, string>): string[] {
  return members
    .filter((name) => !rules[name][0](object[name]))
    .map((name) => `${name} ${JSON.stringify(object[name].slice(0, 100))} must be ${rules[name][1]}`)
}
