import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

// Ends what it was given when its stdin ends, which is when the test's process has ended, by SIGKILL too.
const script = `
trap '' INT TERM HUP
pids=' '
while read -r what pid; do
  case $what in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%%" $pid "*} \${pids#*" $pid "}" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done
`

let guardian: Writable | undefined

/** A process, in a session of its own, that outlives this one by as long as it takes to end what is left. */
function start(): Writable {
  const shell = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  shell.unref()
  // Where it can't be had, as on Windows, teardowns alone end what tests start.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  const { stdin } = shell
  if ('unref' in stdin) (stdin as Writable & { unref(): void }).unref()
  return stdin
}

/**
 * Sees to it that a process that a test started ends, however the test's own does: by a time-out or a signal no
 * teardown runs. Give it what you spawn.
 */
export function guarded<T extends ChildProcess>(child: T): T {
  if (child.pid === undefined) return child
  guardian ??= start()
  const { pid } = child
  guardian.write(`+ ${pid}\n`)
  child.once('exit', () => guardian?.write(`- ${pid}\n`))
  return child
}
