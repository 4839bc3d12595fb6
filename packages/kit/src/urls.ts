// Credentials in URLs. Not one pattern, which would search for the end of each "//" anew: here no character is looked
// at more often than a few times.

const colon = String.raw`(?::|%(?:25){0,4}3a|\\{1,8}u003a)`
const slash = String.raw`(?:\\{0,8}\/|%(?:25){0,4}2f|\\{1,8}u002f)`
const at = String.raw`(?:@|%(?:25){0,4}40|\\{1,8}u0040|&#(?:64|x40);)`

const start = new RegExp(`${slash}${slash}`, 'gi')
const scheme = new RegExp(`([a-z][a-z\\d+.-]*)${colon}$`, 'i')
const moreSlashes = new RegExp(`${slash}*`, 'iy')
const colons = new RegExp(colon, 'gi')
/** A password may reach this far over spaces, and no scheme is longer. */
const reach = 256
const maxScheme = 40
const maxQuoted = 1024

/** Schemes that may be followed by more slashes, and whose ports are numbers. */
const web = /^(?:https?|wss?|ftp)$/i
const host = String.raw`(?:\[[\da-f:.%]*\]|[^\s:,"'\x60<>()[\]{};\\]*)(?::\d*)*`
/** Hosts, each with or without a port, and the punctuation of the text that the URL is in. */
const hosts = new RegExp(`^${host}(?:,${host})*[.]?(?:["'\`<>()[\\]{};\\\\].*)?$`, 'i')
/** The same, and the URL ends there. */
const onlyHosts = new RegExp(`^${host}(?:,${host})*["'\`<>()[\\]{};\\\\]*[.]?$`, 'i')
/** What follows the `@` of a URL that has a port, a path or a query, so that it isn't the password that goes on. */
const hostAndMore = /^[\w.-]+(?::\d+)?[/?]/

interface At {
  index: number
  text: string
}

/** A search for calls with growing numbers, that looks at each part of the text once. */
function searcher(text: string, pattern: RegExp): (from: number) => number {
  const search = new RegExp(pattern, 'gi')
  let index = -1
  return (from) => {
    if (index < from) {
      search.lastIndex = from
      index = search.exec(text)?.index ?? text.length
    }
    return index
  }
}

/** Where the quotation ends that a URL begins, as in `"postgres://…"`, with as many backslashes as it began with. */
function endOfQuotation(text: string, begin: number, from: number): number {
  const [, escapes = '', quote] = /(\\{0,8})(["'`])$/.exec(text.slice(Math.max(0, begin - 9), begin)) ?? []
  if (quote === undefined) return text.length
  const limit = Math.min(text.length, from + maxQuoted)
  for (let i = text.indexOf(quote, from); i !== -1 && i < limit; i = text.indexOf(quote, i + 1)) {
    let backslashes = 0
    while (backslashes < 9 && text[i - backslashes - 1] === '\\') backslashes++
    if (backslashes === escapes.length) return i - backslashes
  }
  return text.length
}

/** Of these, the last that is behind `from` and before `to`. */
function lastOf(ats: At[], from: number, to: number): At | undefined {
  let [low, high] = [0, ats.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ats[middle] as At).index < to) low = middle + 1
    else high = middle
  }
  const found = ats[low - 1]
  return found && found.index > from ? found : undefined
}

/**
 * The text without the user names and passwords of its URLs; the time that takes grows as the text does.
 *
 * @param cut whether the text went on
 */
export function redactUrls(text: string, cut = false): string {
  const all: At[] = Array.from(text.matchAll(new RegExp(at, 'gi')), ({ index, 0: text }) => ({ index, text }))
  const plain = all.filter(({ text }) => text === '@')
  const nextDelimiter = searcher(text, new RegExp(`${slash}|[?#\\s]`))
  const nextSpace = searcher(text, /\s/)
  const nextLine = searcher(text, /[\r\n]/)
  const nextAmpersand = searcher(text, /&/)
  let safe = ''
  let done = 0

  const slashes = new RegExp(start)
  for (let match = slashes.exec(text); match !== null; match = slashes.exec(text)) {
    const { 0: matched, index } = match
    const [before = '', name] = scheme.exec(text.slice(Math.max(done, index - maxScheme), index)) ?? []
    let from = index + matched.length
    if (name !== undefined && web.test(name)) {
      moreSlashes.lastIndex = from
      moreSlashes.exec(text)
      from = moreSlashes.lastIndex
    }
    slashes.lastIndex = from
    const encoded = matched.includes('%')
    const quotation = endOfQuotation(text, index - before.length, from)
    const run = Math.min(nextSpace(from), quotation, encoded ? nextAmpersand(from) : text.length)
    const end = credentials(from, run)
    if (end === undefined) continue

    safe +=
      encoded && name ? `${text.slice(done, index - before.length)}${name}%3A%2F%2F` : text.slice(done, from)
    safe += `***${encoded && end.text ? '%40' : end.text}`
    done = end.index + end.text.length
    slashes.lastIndex = done

    function credentials(from: number, run: number): At | undefined {
      const authorityEnd = Math.min(nextDelimiter(from), run)
      const authority = text.slice(from, authorityEnd).replace(colons, ':')
      const line = Math.min(nextLine(from), from + reach, text.length)
      const ats = encoded ? all : plain
      const inAuthority = lastOf(all, from, authorityEnd)
      if (inAuthority) {
        const end = lastOf(ats, from, run) ?? inAuthority
        // `p@ss word@db/app`: what looks like a host is a part of the password.
        const isBare = /^[\w-]*$/.test(text.slice(end.index + end.text.length, run))
        const further = isBare ? lastOf(ats, end.index, Math.min(line, quotation)) : undefined
        const isUrl = further && hostAndMore.test(text.slice(further.index + 1, further.index + reach))
        return isUrl ? further : end
      }
      if (!authority.includes(':')) return undefined
      const isWeb = name !== undefined && web.test(name)
      const inRun = isWeb && onlyHosts.test(authority) ? undefined : lastOf(ats, from, run)
      if (inRun || hosts.test(authority)) return inRun
      // A password with spaces, or a URL that was cut.
      const onLine = lastOf(all, from, Math.min(line, quotation)) ?? lastOf(all, from, line)
      if (onLine) return onLine
      if (cut && from + reach > text.length && line === text.length) return { index: line, text: '' }
      return name === undefined ? undefined : { index: authorityEnd, text: '' }
    }
  }
  return safe + text.slice(done)
}
