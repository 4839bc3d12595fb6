// `npm run container`: builds the demo's image from this working copy and runs it until Ctrl-C.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '@dockerflow/testing/root'
import { build, confined, requireEngine } from './engine.ts'

const image = 'dockerflow-demo'

/** What the working copy, or CI, says of itself. */
function buildArguments() {
  const command = 'plugins/version/bin/dockerflow-version.js'
  const version = JSON.parse(execFileSync(process.execPath, [command], { cwd: root, encoding: 'utf8' }))
  return { SOURCE: version.source, VERSION: version.version, COMMIT: version.commit, BUILD: version.build }
}

try {
  await requireEngine()
  process.stdout.write(`building the image ${image}, which takes a minute the first time\n`)
  await build(image, buildArguments())
} catch (err) {
  process.stderr.write(`${(err as Error).message}\n`)
  process.exit(1)
}

const port = process.env.PORT || '8000'
process.stdout.write(`http://localhost:${port}/ is served from the container; Ctrl-C ends it\n`)
const args = ['run', '--rm', ...confined, `--publish=127.0.0.1:${port}:8000`, image]
const container = spawn('docker', args, { stdio: 'inherit' })
// A terminal's Ctrl-C reaches the docker command by itself; what is sent to this process alone is passed on.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => container.kill())
const [code] = await once(container, 'exit')
process.exitCode = code ?? 1
