import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// npm run bench -- check
// What `dockerflow check` takes, as a user runs it: a process for each run, medians of several. The image is made of
// files that don't pack, in layers that are packed as a registry has them, and once more as docker save writes them.

const root = fileURLToPath(new URL('../../', import.meta.url))
const command = join(root, 'packages/dockerflow/bin/dockerflow.js')
const work = mkdtempSync(join(tmpdir(), 'dockerflow-bench-'))
const print = (text = '') => void process.stdout.write(`${text}\n`)
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number

// Says on stderr how much memory the process took at most, when it ends. (What getrusage says begins with what this
// process has, since a new program keeps that of the one it came from.)
const memory = join(work, 'memory.mjs')
writeFileSync(
  memory,
  "import { readFileSync } from 'node:fs'\nprocess.on('exit', () => process.stderr.write(/VmHWM.*/.exec(readFileSync('/proc/self/status'))[0]))\n"
)

/** Time, in ms, and memory, in MB, of a run. Memory only where asked: the module that reads it takes 16 ms to load. */
async function run(
  args: string[],
  withMemory: boolean
): Promise<{ ms: number; mb: number; code: number | null }> {
  const start = performance.now()
  const child = spawn(process.execPath, [...(withMemory ? ['--import', memory] : []), ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'close')
  return { ms: performance.now() - start, mb: Number(/VmHWM:\s*(\d+)/.exec(said)?.[1]) / 1024, code }
}

async function several(count: number, args: string[], withMemory = false) {
  const runs = []
  for (let at = 0; at < count; at++) runs.push(await run(args, withMemory))
  if (runs.some(({ code }) => code === 2)) throw new Error(`${args.join(' ')} could not be read`)
  return { ms: median(runs.map(({ ms }) => ms)), mb: Math.max(...runs.map(({ mb }) => mb)) }
}

const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`

function entry(name: string, body: Buffer): Buffer[] {
  const block = Buffer.alloc(512)
  block.write(name, 0)
  for (const at of [100, 108, 116]) block.write(octal(at === 100 ? 0o644 : 0, 8), at)
  block.write(octal(body.length, 12), 124)
  block.write(octal(0, 12), 136)
  block.write('        0', 148)
  block.write('ustar\x0000', 257)
  block.write(
    octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7
    ),
    148
  )
  return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
}
const tar = (files: [string, Buffer][]) =>
  Buffer.concat([...files.flatMap(([name, body]) => entry(name, body)), Buffer.alloc(1024)])
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** An archive of docker save: 300 MB in 20,000 files and four layers. */
function makeImage(packed: boolean): string {
  const layers = Array.from({ length: 4 }, (_, layer) => {
    const files = Array.from({ length: 5000 }, (_, file): [string, Buffer] => [
      `app/${layer}/${file}.bin`,
      randomBytes(15_000)
    ])
    const path = join(work, 'layer.tar')
    writeFileSync(path, tar(files))
    if (packed) spawnSync('gzip', ['-1', '-f', path])
    return spawnSync('cat', [packed ? `${path}.gz` : path], { maxBuffer: 2 ** 30 }).stdout
  })
  const config = Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: { User: 'app' } }))
  const blobs = [config, ...layers].map((body): [string, Buffer] => [`blobs/sha256/${sha256(body)}`, body])
  const [[Config] = [''], ...rest] = blobs
  const manifest = Buffer.from(JSON.stringify([{ Config, Layers: rest.map(([name]) => name) }]))
  const path = join(work, packed ? 'packed.tar' : 'plain.tar')
  writeFileSync(path, tar([...blobs, ['manifest.json', manifest]]))
  return path
}

try {
  const rows: [what: string, measured: string, target: string, met: boolean][] = []
  const empty = join(work, 'empty.js')
  writeFileSync(empty, '')
  const node = await several(15, [empty])
  const start = await several(15, [command, 'check', '--help'])
  rows.push([
    'the command starts',
    `${start.ms.toFixed(0)} ms, of which Node ${node.ms.toFixed(0)}`,
    '150 ms',
    start.ms < 150
  ])

  const repository = await several(15, [command, 'check', '.', '--format', 'json'])
  rows.push(['a repository (this one)', `${repository.ms.toFixed(0)} ms`, '300 ms', repository.ms < 300])

  const server = createServer((_req, res) => void setTimeout(() => res.end('{}'), 50))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // Two rounds of requests, 50 ms each, since what is asked next depends on what came.
  const url = await several(15, [command, 'check', `http://127.0.0.1:${port}`])
  const over = url.ms - 100 - start.ms
  rows.push(['a URL, beyond its requests and the start', `${over.toFixed(0)} ms`, '100 ms', over < 100])
  server.close()

  for (const packed of [false, true]) {
    const path = makeImage(packed)
    const { ms, mb } = await several(3, [command, 'check', path], true)
    const begin = performance.now()
    spawnSync('tar', ['-tf', path], { stdio: 'ignore' })
    const ratio = ms / (performance.now() - begin)
    const what = `an image of 300 MB, its layers ${packed ? 'packed' : 'as they are'}`
    rows.push([
      what,
      `${ms.toFixed(0)} ms, ${mb.toFixed(0)} MB, × ${ratio.toFixed(1)} of tar -tf`,
      '3 s, 200 MB',
      ms < 3000 && mb < 200
    ])
  }
  print('\n| what | measured | target | met |\n|---|---|---|---|')
  for (const [what, measured, target, met] of rows)
    print(`| ${what} | ${measured} | ${target} | ${met ? 'yes' : 'NO'} |`)
  if (rows.some(([, , , met]) => !met)) process.exitCode = 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
