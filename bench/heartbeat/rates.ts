import type { Bench, Target } from './bench.ts'
import { Generator, Service } from './processes.ts'

const rounds = 9
const duration = 2000

/** Compares a cached heartbeat with a bare route that sends a string of the same length, in turn. */
export async function compareRates({ proxy, url, canary, print }: Bench): Promise<Target[]> {
  await proxy.set('pass')
  const service = await Service.start('ours', url, canary)
  const generator = new Generator(service.port)
  const measure = async (path: string) => {
    const before = await service.report()
    const { rps, answered } = await generator.run({ path, connections: 50, duration, interval: 0, canary })
    const after = await service.report()
    return { rps, cpu: (after.cpu - before.cpu) / answered }
  }
  try {
    for (const path of ['/__heartbeat__', '/bare']) await measure(path) // compiles what is hot
    const rates = { heartbeat: [] as number[], bare: [] as number[], ratio: [] as number[] }
    const costs = { heartbeat: [] as number[], bare: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      const bare = await measure('/bare')
      const heartbeat = await measure('/__heartbeat__')
      rates.bare.push(bare.rps)
      rates.heartbeat.push(heartbeat.rps)
      rates.ratio.push(heartbeat.rps / bare.rps)
      costs.bare.push(bare.cpu)
      costs.heartbeat.push(heartbeat.cpu)
    }
    print(`\n| route | requests/s | CPU µs/request |\n| --- | --- | --- |`)
    print(`| bare | ${median(rates.bare).toFixed(0)} | ${median(costs.bare).toFixed(1)} |`)
    print(
      `| heartbeat, cached | ${median(rates.heartbeat).toFixed(0)} | ${median(costs.heartbeat).toFixed(1)} |`
    )
    const ratio = median(rates.ratio)
    return [
      {
        target: 'cached heartbeat ≥ 85% of the requests per second of a bare route',
        measured: `${(ratio * 100).toFixed(0)}%, the median of ${rounds} rounds`,
        isMet: ratio >= 0.85
      }
    ]
  } finally {
    generator.end()
    service.kill()
  }
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}
