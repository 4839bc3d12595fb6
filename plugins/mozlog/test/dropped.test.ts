import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { stdout } from '../src/stdout.ts'

// In a process of its own: what another test left to write would reach the pipe that gets its descriptor's number.
// A pipe takes a line of up to 4096 bytes whole or not at all, and breaks off a longer one.
for (const size of [3000, 5000]) {
  test(`a pipe that nobody reads loses whole lines of ${size} bytes, says how many, and never half of one`, async (t) => {
    const fifo = `${t.testdir({})}/fifo`
    execFileSync('mkfifo', [fifo])
    const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK)
    t.teardown(() => closeSync(fd))
    const read = () => {
      const buffer = Buffer.alloc(1024 * 1024)
      return buffer.toString('utf8', 0, readSync(fd, buffer))
    }
    const out = stdout({ fd, timeout: 100 })
    for (let i = 0; i < 100; i++) out.write(`${i} ${'x'.repeat(size)}\n`)
    out.flush()
    const kept = (text: string) => text.match(new RegExp(`^\\d+ x{${size}}$`, 'gm'))?.length ?? 0
    const notices = (text: string) => text.match(/^.* lines dropped: they were not read$/gm) ?? []
    const dropped = (text: string) => notices(text).reduce((sum, line) => sum + Number.parseInt(line, 10), 0)
    let text = read()
    // The rest of the line that was begun, and the number come by themselves.
    for (let tries = 0; tries < 600 && kept(text) + dropped(text) < 100; tries++) {
      await sleep(100)
      try {
        text += read()
      } catch (err) {
        if ((err as NodeJS.ErrnoException).code !== 'EAGAIN') throw err
      }
    }
    t.ok(dropped(text) > 0)
    t.equal(kept(text) + dropped(text), 100)
    t.equal(text.split('\n').length, kept(text) + notices(text).length + 1, 'and nothing else')
    out.write('next\n')
    t.equal(read(), 'next\n')
  })
}
