import { fstatSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { onExit } from './exit.ts'

/** What a pipe takes at once, and what may be held, in bytes. */
const capacity = 64 * 1024
/** How much is kept for later when a write fails, such as on a full disk, before lines are dropped. */
const maxKept = 1024 * 1024
/** How long a line may be held, in milliseconds; one that comes later than this after the last isn't. */
const maxHold = 5
/** How often a reader that hangs is tried again when no line comes, in milliseconds. */
const retryInterval = 100

const newline = 10
const nothing: Buffer = Buffer.alloc(0)

export interface StdoutOptions {
  /**
   * The file descriptor.
   * @default 1
   */
  fd?: number | undefined
  /**
   * How long to wait for a reader that takes nothing, in milliseconds.
   * @default 2000
   */
  timeout?: number | undefined
  /** Makes the line that says how many lines were dropped. */
  notice?: ((dropped: number) => string) | undefined
}

export interface Stdout {
  write(line: string): void
  /**
   * While true, a line may wait for others to be written with: until this turn of the event loop ends, or for 5 ms
   * when the last write was no longer ago than that.
   */
  holding: boolean
  /** Whether nobody can read any more: lines go nowhere. */
  readonly closed: boolean
  flush(callback?: (err?: Error) => void): void
  flushSync(): void
}

/** Makes a write to a full pipe fail with EAGAIN instead of blocking without end, as looking at process.stdout does. */
function unblock(fd: number): void {
  const stat = fstatSync(fd)
  if (isMainThread && (stat.isFIFO() || stat.isSocket())) void (fd === 2 ? process.stderr : process.stdout)
}

function countLines(data: Buffer): number {
  let lines = 0
  for (let at = data.indexOf(newline); at !== -1; at = data.indexOf(newline, at + 1)) lines++
  return lines
}

/**
 * Writes to a file descriptor with blocking calls: when a line's call returns, the line is out of the process,
 * and neither process.exit(), nor a crash, nor a signal can take it back. A slow reader slows the process down
 * instead of filling its memory. A reader that takes nothing for `timeout` hangs: from then on lines are dropped
 * and counted, and once it reads again it gets their number.
 */
export function stdout(opts: StdoutOptions = {}): Stdout {
  const { fd = 1, timeout = 2000, notice = (count) => `${count} lines dropped: they were not read\n` } = opts
  if (fd <= 2) unblock(fd)
  const clock = new Int32Array(new SharedArrayBuffer(4))
  // A held line is copied at once: kept as a string, it would be made of a dozen parts that have to be found again.
  const held = Buffer.allocUnsafe(capacity)
  let length = 0
  let timer: NodeJS.Timeout | undefined
  let offExit: (() => void) | undefined
  let flushed = 0
  let closed = false
  let hung = false
  /** What comes first once a write succeeds again. Without it, the next line would be glued to half of one. */
  let kept = nothing
  let dropped = 0
  let retry: NodeJS.Timeout | undefined
  let offRetryExit: (() => void) | undefined

  /** Writes what it can, and answers the rest. */
  function push(data: Buffer): Buffer {
    let rest = data
    let waited = 0
    while (rest.length > 0 && !closed) {
      try {
        rest = rest.subarray(writeSync(fd, rest))
        waited = 0
      } catch (err) {
        const { code } = err as NodeJS.ErrnoException
        closed = code === 'EPIPE' // nobody will ever read again
        if (code !== 'EAGAIN') break
        hung ||= waited >= timeout
        if (hung) break
        const start = performance.now()
        Atomics.wait(clock, 0, 0, 1)
        waited += performance.now() - start
      }
    }
    return closed ? nothing : rest
  }

  /** Writes what was kept, and how many lines were dropped. Answers whether both are out. */
  function catchUp(): boolean {
    kept = push(kept)
    if (kept.length > 0) return false
    if (dropped > 0) {
      const line = Buffer.from(notice(dropped))
      kept = push(line)
      if (kept.length === line.length) {
        kept = nothing
        return false
      }
      dropped = 0
    }
    return kept.length === 0
  }

  /** Keeps what a write left: all of it unless the reader hangs, or else the end of a line that was `begun`. */
  function keep(rest: Buffer, begun: boolean): void {
    const all = !hung && kept.length + rest.length <= maxKept
    const end = all ? rest.length : begun ? rest.indexOf(newline) + 1 : 0
    // A copy: what is held is soon written over.
    kept = Buffer.concat([kept, rest.subarray(0, end)])
    dropped += countLines(rest.subarray(end))
    if (retry !== undefined || kept.length + dropped === 0) return
    retry = setInterval(resume, retryInterval).unref()
    offRetryExit = onExit(resume)
  }

  function resume(): boolean {
    if (!catchUp()) return false
    clearInterval(retry)
    offRetryExit?.()
    retry = undefined
    return true
  }

  function writeAll(data: Buffer): void {
    if (retry !== undefined && !resume()) {
      keep(data, false)
      return
    }
    const rest = push(data)
    const written = data.length - rest.length
    // Not before: the notice may fit where a line doesn't, and then nobody has read yet.
    if (rest.length === 0 && written > 0) hung = false
    if (rest.length > 0) keep(rest, written > 0 && data[written - 1] !== newline)
  }

  function flushSync(): void {
    if (timer !== undefined) {
      clearTimeout(timer)
      offExit?.()
      timer = undefined
      flushed = Date.now()
    }
    const data = held.subarray(0, length)
    length = 0
    writeAll(data)
  }

  return {
    holding: false,
    get closed() {
      return closed
    },
    write(line) {
      if (closed) return
      const long = line.length * 3 > capacity
      if (long || length + line.length * 3 > capacity) flushSync()
      if (long) {
        writeAll(Buffer.from(line))
        return
      }
      length += held.write(line, length)
      if (!this.holding) flushSync()
      else if (timer === undefined) {
        timer = setTimeout(flushSync, Date.now() - flushed > maxHold ? 0 : maxHold)
        offExit = onExit(flushSync)
      }
    },
    flush(callback) {
      flushSync()
      callback?.()
    },
    flushSync
  }
}
