import { test } from 'tap'
import { observeProcess, toDelay } from '../src/observers.ts'

/** The event loop's gauges at one look. */
function observe() {
  const gauges = new Map<string, number>()
  const { look, stop } = observeProcess({
    increment() {},
    timing() {},
    gauge: (name, value) => void gauges.set(name, value)
  })
  return { gauges, look, stop }
}

test('the delay is 0 before anything was measured', async (t) => {
  const { gauges, look, stop } = observe()
  look()
  stop()
  for (const name of ['mean', 'p99', 'max']) t.equal(gauges.get(`eventloop.delay_${name}_ms`), 0)
})

test('the delay is what the loop was late, without the time between two measurements', async (t) => {
  t.strictSame([Number.NaN, 19e6, 20e6, 320e6].map(toDelay), [0, 0, 0, 300])
})
