import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Each folder here is one benchmark; its main.ts prints a table to stdout.
const here = new URL('./', import.meta.url)
const known = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
  .map((entry) => entry.name)
const args = process.argv.slice(2)
const asked = args.filter((arg) => !arg.startsWith('--'))
const flags = args.filter((arg) => arg.startsWith('--'))

if (flags.includes('--help')) {
  process.stdout.write(`usage: npm run bench [-- NAME... FLAG...]\nbenchmarks: ${known.join(', ')}\n`)
  process.exit(0)
}
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`unknown benchmark: ${unknown.join(', ')}; there are: ${known.join(', ')}\n`)
  process.exit(1)
}
for (const name of asked.length > 0 ? asked : known) {
  process.stderr.write(`bench ${name}\n`)
  const main = fileURLToPath(new URL(`${name}/main.ts`, here))
  const { status } = spawnSync(process.execPath, [main, ...flags], { stdio: 'inherit' })
  // 2: the benchmark has said what is missing here. A run of all of them goes on without it.
  if (status !== 0 && !(status === 2 && asked.length === 0)) process.exit(status ?? 1)
}
