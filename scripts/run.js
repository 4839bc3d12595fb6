// node scripts/run.js WHAT IT DOES: [--built] COMMAND ARGUMENT...
// Installs what is missing, compiles everything with --built, then runs the command, if there is one. The words up to
// the colon are for who reads `npm run` or `make`.
import { install, main, prepare, run } from './workspace.js'

await main(async () => {
  const words = process.argv.slice(2)
  const command = words.slice(words.findIndex((word) => word.endsWith(':')) + 1)
  await install()
  if (command[0] === '--built') {
    command.shift()
    await prepare('it does not compile; the compiler says why above', 'turbo', [
      'run',
      'build',
      '--output-logs=errors-only'
    ])
  }
  const [program, ...args] = command
  return program === undefined ? 0 : run(program, args)
})
