import { readFileSync } from 'node:fs'
import { subcommands } from './subcommands.ts'

const usage = () => `usage: dockerflow <subcommand> [options]

${Object.entries(subcommands)
  .map(([name, [summary]]) => `  ${name.padEnd(10)} ${summary}\n`)
  .join('')}
  --help     show this; dockerflow <subcommand> --help shows a subcommand's options
  --version  show the version of dockerflow

exit code: 0; 1 for a finding or a failure; 2 for wrong usage
`

function ownVersion(): string {
  const manifest = readFileSync(new URL(import.meta.resolve('dockerflow/package.json')), 'utf8')
  return JSON.parse(manifest).version
}

/**
 * The command `dockerflow`.
 *
 * @param args what follows the command's name
 * @returns the exit code
 */
export async function dockerflow([name, ...args]: string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage())
    return 0
  }
  if (name === '--version') {
    process.stdout.write(`${ownVersion()}\n`)
    return 0
  }
  if (name === undefined || !Object.hasOwn(subcommands, name)) {
    const names = Object.keys(subcommands).join(', ')
    const fault =
      name === undefined ? 'say which subcommand' : `there is no subcommand ${JSON.stringify(name)}`
    process.stderr.write(`dockerflow: ${fault}: ${names}; see dockerflow --help\n`)
    return 2
  }
  const [, load] = subcommands[name] as (typeof subcommands)[string]
  return (await load()).run(args)
}
