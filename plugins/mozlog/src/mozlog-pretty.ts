import { parseArgs } from 'node:util'
import { mozlogPretty } from './pretty.ts'
import { stdout } from './stdout.ts'

const usage = `usage: node server.js | mozlog-pretty [options]

Reads mozlog lines from stdin and writes them for people. Other lines pass.

  --level LEVEL    show this level and above: debug, info, warn, error, fatal
  --type TYPE      show this type only; "request.*" is every type that starts so
  --grep PATTERN   show lines that fit this regular expression only
  --color          colour, also when stdout is no terminal; --no-color doesn't, ever
  --help           show this
`

function main(): void {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      level: { type: 'string' },
      type: { type: 'string' },
      grep: { type: 'string' },
      color: { type: 'boolean' },
      help: { type: 'boolean', default: false }
    }
  })
  const { help, ...opts } = values
  const out = stdout()
  if (help) {
    out.write(usage)
    return
  }
  const destination = {
    write(text: string) {
      out.write(text)
      // Whoever read this has gone, as `head` does: so does this, and then the process that it reads from.
      if (out.closed) process.exit(0)
    }
  }
  const pretty = mozlogPretty({ ...opts, destination })
  // Ctrl-C reaches the whole pipeline: what the other process says as it ends is still to be shown.
  process.on('SIGINT', () => {})
  process.stdin.pipe(pretty)
}

try {
  main()
} catch (err) {
  process.stderr.write(`${(err as Error).message}\n${usage}`)
  process.exitCode = 1
}
