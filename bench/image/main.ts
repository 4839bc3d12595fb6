import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '@dockerflow/testing/root'
import { clone } from '../../tests/container/src/clone.ts'
import { docker, print, requireEngine, requireImage } from '../../tests/container/src/engine.ts'

// npm run bench -- image [--alone]
// The demo's image against others of the same app, on the same Node: what they hold, how long it takes to build them
// from nothing and after one line of the source changed, and to start them. With --alone, only the demo's: the others
// take half an hour to build. Then what each layer of the demo's takes, on Node's official image and on Debian's.

const rounds = 5
const starts = 9
const dockerfile = await readFile(join(root, 'docker/Dockerfile'), 'utf8')
const defaultOf = (arg: string) => new RegExp(`^ARG ${arg}=(.*)$`, 'm').exec(dockerfile)?.[1] as string
const node = defaultOf('NODE_IMAGE')
const debian = 'debian:bookworm-slim'
const own = { name: 'this one', file: 'docker/Dockerfile' }
const others = [
  { name: "Docker's guide", file: 'bench/image/guide.Dockerfile' },
  { name: 'one stage', file: 'bench/image/single.Dockerfile' }
]
const subjects = (process.argv.includes('--alone') ? [own] : [own, ...others]).map((subject) => ({
  ...subject,
  image: `dockerflow-bench:${randomUUID()}`,
  nothing: [] as number[],
  changed: [] as number[],
  started: [] as number[]
}))
type Subject = (typeof subjects)[number]
const images = subjects.map(({ image }) => image)

const folder = await mkdtemp(join(tmpdir(), 'dockerflow-image-'))

/** Resolves with how long it took, in seconds. */
async function build({ file, image }: Subject, ...options: string[]): Promise<number> {
  const path = `--file=${join(folder, file)}`
  const start = performance.now()
  await docker('build', path, `--tag=${image}`, `--build-arg=NODE_IMAGE=${node}`, ...options, folder)
  return (performance.now() - start) / 1000
}

/** From `docker run` to the first 200, in milliseconds. */
async function start({ image }: Subject): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  const name = `dockerflow-bench-${randomUUID()}`
  const args = ['run', '--rm', `--name=${name}`, `--publish=127.0.0.1:${port}:8000`, image]
  const begin = performance.now()
  const container = spawn('docker', args, { stdio: 'ignore' })
  const exit = once(container, 'exit')
  try {
    for (;;) {
      const res = await fetch(`http://127.0.0.1:${port}/__lbheartbeat__`).catch(() => undefined)
      if (res?.ok) return performance.now() - begin
      if (container.exitCode !== null) throw new Error(`${image} ended with ${container.exitCode}`)
      await sleep(5)
    }
  } finally {
    await docker('rm', '--force', name)
    await exit
  }
}

const sh = (image: string, script: string, user: string[] = []) =>
  print('run', '--rm', '--entrypoint=sh', ...user, image, '-c', script)
const sizeOf = async (image: string) => Number(await print('image', 'inspect', '--format={{.Size}}', image))

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}

async function row(subject: Subject, below: number): Promise<string> {
  const { name, image, nothing, changed, started } = subject
  const size = await sizeOf(image)
  const cells = [
    name,
    (size / 1e6).toFixed(0),
    ((size - below) / 1e6).toFixed(0),
    await sh(image, 'find /app -type f | wc -l', ['--user=root']),
    await sh(image, 'id -u'),
    await sh(image, 'find /app -type f -writable | wc -l'),
    median(nothing).toFixed(0),
    median(changed).toFixed(1),
    median(started).toFixed(0)
  ]
  return `| ${cells.join(' | ')} |`
}

/** A row for each layer that a stage of the Dockerfile becomes, above all that its base has; in MB, for each base. */
async function layers(images: Record<string, string>): Promise<string[]> {
  const production = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
  const stages = [...production.matchAll(/^COPY --from=(\w+)/gm)].map(([, stage]) => stage as string)
  const columns = await Promise.all(
    Object.entries(images).map(async ([base, image]) => {
      const history = await print('history', '--human=false', '--format={{.Size}} {{.CreatedBy}}', image)
      const copied = [...history.matchAll(/^(\d+) COPY/gm)]
        .slice(0, stages.length)
        .map(([, size]) => Number(size))
      return [await sizeOf(base), ...copied.reverse(), await sizeOf(image)]
    })
  )
  return ['the base', ...stages, 'all'].map(
    (name, i) =>
      `| ${name} | ${columns.map((sizes) => ((sizes[i] as number) / 1e6).toFixed(2)).join(' | ')} |`
  )
}

const unavailable = await requireEngine().catch((err: Error) => err.message)
if (unavailable) {
  await rm(folder, { recursive: true })
  process.stderr.write(`bench image is left out: ${unavailable}\n`)
  process.exitCode = 2
} else {
  try {
    clone(folder)
    for (const base of [node, debian]) await requireImage(base)
    const progress = (text: string) => process.stderr.write(`${text}\n`)
    for (const subject of subjects) {
      progress(`${subject.name}, from nothing`)
      await build(subject) // what it downloads is kept, where it says so
      subject.nothing.push(await build(subject, '--no-cache'))
    }
    for (let round = 1; round <= rounds; round++) {
      progress(`a changed line, ${round} of ${rounds}`)
      appendFileSync(join(folder, 'apps/demo/src/server.ts'), `// ${randomUUID()}\n`)
      for (const subject of subjects) subject.changed.push(await build(subject))
    }
    for (let round = 1; round <= starts; round++) {
      progress(`start, ${round} of ${starts}`)
      for (const subject of subjects) subject.started.push(await start(subject))
    }
    const below = await sizeOf(node)
    const header = [
      'image',
      'MB',
      'over the base, MB',
      'files of the app',
      'user',
      'of them writable',
      'from nothing, s',
      'after a changed line, s',
      'start, ms'
    ]
    process.stdout.write(`| ${header.join(' | ')} |\n|${'---|'.repeat(header.length)}\n`)
    for (const subject of subjects) process.stdout.write(`${await row(subject, below)}\n`)

    const [{ image }] = subjects as [Subject]
    const onDebian = { ...own, image: `${image}-debian` } as Subject
    images.push(onDebian.image)
    await build(onDebian, `--build-arg=RUNTIME_IMAGE=${debian}`)
    process.stdout.write(`\n| layer, MB | ${node} | ${debian} |\n|---|---|---|\n`)
    for (const line of await layers({ [node]: image, [debian]: onDebian.image }))
      process.stdout.write(`${line}\n`)
  } finally {
    await docker('image', 'rm', '--force', ...images).catch(() => {})
    await rm(folder, { recursive: true, force: true })
  }
}
