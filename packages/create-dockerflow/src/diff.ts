/** The lines of both texts in order: `' '` of both, `-` of the first, `+` of the second. */
function compare(before: string[], after: string[]): [sign: string, line: string][] {
  // The longest common subsequence, from the end.
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1))
  const at = (i: number, j: number) => lengths[i]?.[j] as number
  for (let i = before.length - 1; i >= 0; i--) {
    const row = lengths[i] as Uint32Array
    for (let j = after.length - 1; j >= 0; j--)
      row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const lines: [string, string][] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push([' ', before[i++] as string])
      j++
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1)))
      lines.push(['-', before[i++] as string])
    else lines.push(['+', after[j++] as string])
  }
  return lines
}

/** What changes in a file, as `git diff` shows it, with two lines around each change. */
export function diff(path: string, before: string, after: string): string {
  const lines = compare(before.split('\n'), after.split('\n'))
  const near = (index: number) =>
    lines.slice(Math.max(0, index - 2), index + 3).some(([sign]) => sign !== ' ')
  const shown: string[] = []
  let isGap = true
  for (const [index, [sign, line]] of lines.entries()) {
    if (near(index)) {
      if (isGap) shown.push('@@')
      shown.push((sign + line).trimEnd())
    }
    isGap = !near(index)
  }
  return [`--- ${path}`, `+++ ${path}`, ...shown].join('\n')
}
