import { writeSync } from 'node:fs'

/** What a pipe takes at once, and what may be held, in bytes. */
const capacity = 64 * 1024
/** How much is kept for later when a write fails, such as on a full disk, before lines have to be given up. */
const maxKept = 1024 * 1024
/** How long a line may be held, in milliseconds; one that comes later than this after the last isn't. */
const maxHold = 5

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

/**
 * Writes to a file descriptor with blocking calls: when a line's call returns, the line is out of the process,
 * and neither process.exit(), nor a crash, nor a signal can take it back. A slow reader slows the process down
 * instead of filling its memory.
 */
export function stdout(fd = 1): Stdout {
  const clock = new Int32Array(new SharedArrayBuffer(4))
  // A held line is copied at once: kept as a string, it would be made of a dozen parts that have to be found again.
  const held = Buffer.allocUnsafe(capacity)
  let length = 0
  let kept: Buffer = Buffer.alloc(0)
  let timer: NodeJS.Timeout | undefined
  let flushed = 0
  let closed = false

  /** Writes all of it, save for what a failure leaves: that is kept, and comes first the next time. */
  function writeAll(data: Buffer): void {
    let rest: Buffer = kept.length === 0 ? data : Buffer.concat([kept, data])
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(fd, rest))
      } catch (err) {
        const { code } = err as NodeJS.ErrnoException
        if (code === 'EAGAIN') {
          // The pipe is full, and doesn't block since someone looked at process.stdout, which sees to that.
          Atomics.wait(clock, 0, 0, 1)
          continue
        }
        closed = code === 'EPIPE' // nobody will ever read again
        // A line that was begun has to end, lest the next one follow on half of it.
        kept = Buffer.from(
          closed ? '' : rest.length > maxKept ? rest.subarray(0, rest.indexOf(10) + 1) : rest
        )
        return
      }
    }
    kept = rest
  }

  function flushSync(): void {
    if (timer !== undefined) {
      clearTimeout(timer)
      process.off('exit', flushSync)
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
        process.on('exit', flushSync)
      }
    },
    flush(callback) {
      flushSync()
      callback?.()
    },
    flushSync
  }
}
