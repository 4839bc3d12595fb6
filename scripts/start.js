// npm start: builds the demo and runs it. stdout is the service's log; all else is on stderr.
import { join } from 'node:path'
import { install, main, prepare, root, run, say } from './workspace.js'

const demo = join(root, 'apps/demo')

await main(async () => {
  say('installing what the demo needs …')
  await install('demo')
  say('building the demo …')
  const build = ['run', 'build', '--filter=@dockerflow/demo', '--output-logs=errors-only']
  await prepare("the demo can't be built; the compiler says why above", 'turbo', build)
  // As CI would: the page shows what is running.
  const version = join(root, 'plugins/version/bin/dockerflow-version.js')
  await prepare('the version file was not written', 'node', [version, '--output', 'version.json'], {
    cwd: demo
  })
  // The service is its own Node's, and the terminal's Ctrl+C reaches it once.
  return run('node', ['--env-file=development.env', 'dist/server.js'], { cwd: demo, alone: true })
})
