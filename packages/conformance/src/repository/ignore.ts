/** A `.dockerignore`: what the build's context lacks. */
export interface Dockerignore {
  file: string
  excludes(path: string): boolean
}

/** Reads a `.dockerignore`: the last pattern that matches a path, or a folder above it, decides. */
export function readDockerignore(text: string, file: string): Dockerignore {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .slice(0, 5000)
    .map((line) => {
      const negated = line.startsWith('!')
      return { negated, pattern: toPattern(negated ? line.slice(1).trim() : line) }
    })
  return {
    file,
    excludes(path) {
      let excluded = false
      for (const { negated, pattern } of rules) if (pattern.test(path)) excluded = !negated
      return excluded
    }
  }
}

function toPattern(glob: string): RegExp {
  const clean = glob.replace(/^\.?\/+/, '').replace(/\/+$/, '')
  let source = ''
  for (let at = 0; at < clean.length; at++) {
    const char = clean[at] as string
    if (clean.startsWith('**/', at)) {
      source += '(?:[^/]+/)*'
      at += 2
    } else if (clean.startsWith('**', at)) {
      source += '.*'
      at++
    } else if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '[') {
      const end = clean.indexOf(']', at + 1)
      if (end < 0) source += '\\['
      else {
        source += `[${clean
          .slice(at + 1, end)
          .replace(/\\/g, '\\\\')
          .replace(/\[/g, '\\[')}]`
        at = end
      }
    } else source += char.replace(/[.+^${}()|\\/]/g, '\\$&')
  }
  try {
    // "." is the whole context.
    return clean === '.' || clean === '' ? /^(?!)/ : new RegExp(`^${source}(?:/.*)?$`)
  } catch {
    return /^(?!)/
  }
}
