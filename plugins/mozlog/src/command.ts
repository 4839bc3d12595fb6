import type { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { mozlogPretty } from './pretty.ts'
import { stdout } from './stdout.ts'

const help = (name: string) => `usage: node server.js | ${name} [options]

Reads mozlog lines from stdin and writes them for people. Other lines pass.

  --level LEVEL    show this level and above: debug, info, warn, error, fatal
  --type TYPE      show this type only; "request.*" is every type that starts so
  --grep PATTERN   show lines that fit this regular expression only
  --color          colour, also when stdout is no terminal; --no-color doesn't, ever
  --help           show this

exit code: 0, or 2 for wrong usage
`

/**
 * The command `mozlog-pretty`, which is `dockerflow logs` as well: reads mozlog lines from stdin and writes them for
 * people.
 *
 * @param args what follows the command's name
 * @param name what its help and its messages call it
 * @returns the exit code: 0, or 2 for wrong usage
 */
export function logsCommand(args: string[], name = 'mozlog-pretty'): number {
  // A pager reads when a person does: the process that writes to this one waits, and decides.
  const out = stdout({ timeout: Number.POSITIVE_INFINITY })
  const destination = {
    write(text: string) {
      out.write(text)
      // The reader has gone, as `head` does: this ends too, and then the process that it reads from.
      if (out.closed) process.exit(0)
    }
  }
  let pretty: Writable
  try {
    const { values } = parseArgs({
      args,
      allowNegative: true,
      options: {
        level: { type: 'string' },
        type: { type: 'string' },
        grep: { type: 'string' },
        color: { type: 'boolean' },
        help: { type: 'boolean', default: false }
      }
    })
    const { help: asked, ...opts } = values
    if (asked) {
      out.write(help(name))
      return 0
    }
    pretty = mozlogPretty({ ...opts, destination })
  } catch (err) {
    process.stderr.write(`${name}: ${(err as Error).message.split('\n')[0]}; see ${name} --help\n`)
    return 2
  }
  // Ctrl-C reaches the whole pipeline: what the other process says as it ends is still to be shown.
  process.on('SIGINT', () => {})
  process.stdin.pipe(pretty)
  return 0
}
