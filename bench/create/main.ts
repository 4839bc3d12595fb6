import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { publishAll } from '../../release/src/publish.ts'
import { startRegistry } from '../../release/src/registry.ts'

// npm run bench -- create
// From the command to files on disk, and to a service that answers, each with an empty store: ours, which also runs its
// tests and its check, against create-fastify and create-vite, which leave the install to you. Then the files alone,
// without npm.

const rounds = 3
const command = fileURLToPath(
  new URL('../../packages/create-dockerflow/bin/create-dockerflow.js', import.meta.url)
)
const work = await mkdtemp(join(tmpdir(), 'dockerflow-bench-create-'))
const registry = await startRegistry(work)

interface Subject {
  name: string
  /** The command that creates the project in `shop`, without an install where that can be left out. */
  create: string
  /** What is then left to do until it can be started. */
  install: string
  start: string
  port: number
  path: string
  files: number[]
  answers: number[]
}

const subjects: Subject[] = [
  {
    name: 'create-dockerflow: install, start',
    create: 'npm create --yes dockerflow -- shop --yes --no-install',
    install: 'npm install',
    start: 'node src/server.ts',
    port: 8000,
    path: '/__lbheartbeat__'
  },
  {
    name: 'create-dockerflow: install, tests, check, start',
    create: 'npm create --yes dockerflow -- shop --yes',
    install: 'true',
    start: 'node src/server.ts',
    port: 8000,
    path: '/__lbheartbeat__'
  },
  {
    name: 'create-fastify: install, start',
    create: 'npm create --yes fastify -- shop',
    install: 'npm install',
    start: 'node node_modules/fastify-cli/cli.js start app.js',
    port: 3000,
    path: '/'
  },
  {
    name: 'create-vite: install, start',
    create: 'npm create --yes vite -- shop --template vanilla-ts --no-interactive',
    install: 'npm install',
    start: 'node node_modules/vite/bin/vite.js --host 127.0.0.1',
    port: 5173,
    path: '/'
  }
].map((subject) => ({ ...subject, files: [], answers: [] }))

const run = (command: string, cwd: string, env: NodeJS.ProcessEnv): ChildProcess =>
  spawn('sh', ['-c', `exec ${command}`], { cwd, env, stdio: 'ignore' })

async function wait(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const [code] = await once(run(command, cwd, env), 'exit')
  if (code !== 0) throw new Error(`${command} ended with ${code}`)
}

async function measure(subject: Subject, round: number): Promise<void> {
  const cwd = join(work, `${subjects.indexOf(subject)}-${round}`)
  await mkdir(cwd)
  const env = { ...registry.env, npm_config_cache: join(cwd, 'cache'), HOST: '127.0.0.1', CI: 'true' }
  const begun = performance.now()
  await wait(subject.create, cwd, env)
  subject.files.push(performance.now() - begun)
  const project = join(cwd, 'shop')
  await wait(subject.install, project, env)
  const service = run(subject.start, project, env)
  const exit = once(service, 'exit')
  try {
    const answers = () =>
      fetch(`http://127.0.0.1:${subject.port}${subject.path}`).then(
        (response) => response.ok,
        () => false
      )
    while (!(await answers())) {
      if (service.exitCode !== null) throw new Error(`${subject.start} ended with ${service.exitCode}`)
      await sleep(20)
    }
    subject.answers.push(performance.now() - begun)
  } finally {
    service.kill('SIGKILL')
    await exit
    await rm(cwd, { recursive: true, force: true })
  }
}

const files: number[] = []

/** Writes the files with the command as it is built here. */
async function measureFiles(): Promise<void> {
  const cwd = await mkdtemp(join(work, 'files-'))
  const begun = performance.now()
  await wait(`'${process.execPath}' '${command}' shop --yes --no-install`, cwd, process.env)
  files.push(performance.now() - begun)
}

try {
  await publishAll(registry, work)
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) await measure(subject, round)
    await measureFiles()
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
  }
} finally {
  registry.close()
  await rm(work, { recursive: true, force: true })
}

const seconds = (values: number[]) => {
  const sorted = values.toSorted((a, b) => a - b).map((ms) => (ms / 1000).toFixed(1))
  return `${sorted[1]} / ${sorted[0]} / ${sorted[2]}`
}
process.stdout.write(
  '| command, with an empty store | until it returns, s: median / least / most | until it answers |\n|---|---|---|\n'
)
for (const { name, files, answers } of subjects)
  process.stdout.write(`| ${name} | ${seconds(files)} | ${seconds(answers)} |\n`)
process.stdout.write(`\nFiles on disk, by the command alone: ${seconds(files)} s\n`)
