/** What is still to be done when the process exits. One listener for all, since Node.js warns of more than ten. */
const pending = new Set<() => void>()

function runAll(): void {
  for (const run of pending) run()
}

/** Runs a function when the process exits, before what others do then. Returns what takes it back. */
export function onExit(run: () => void): () => void {
  if (pending.size === 0) process.prependListener('exit', runAll)
  pending.add(run)
  return () => {
    pending.delete(run)
    if (pending.size === 0) process.off('exit', runAll)
  }
}
