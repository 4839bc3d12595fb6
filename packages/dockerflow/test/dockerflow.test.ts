import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { subcommands } from '../src/subcommands.ts'

const packageRoot = new URL('..', import.meta.url)
const cli = fileURLToPath(new URL('src/cli.ts', packageRoot))
const manifest = JSON.parse(await readFile(new URL('package.json', packageRoot), 'utf8'))

async function run(args: string[], { input = '', program = [process.execPath, cli] } = {}) {
  const [file = '', ...before] = program
  const child = spawn(file, [...before, ...args], { timeout: 60_000 })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, code }
}

test('--help lists every subcommand, and --version is the package version', async (t) => {
  for (const flag of ['--help', '-h', 'help']) {
    const { out, err, code } = await run([flag])
    t.match(out, /^usage: dockerflow <subcommand>/)
    for (const [name, [summary]] of Object.entries(subcommands))
      t.match(out, new RegExp(`^  ${name} +${summary}$`, 'm'))
    t.strictSame([err, code], ['', 0])
  }
  t.strictSame(await run(['--version']), { out: `${manifest.version}\n`, err: '', code: 0 })
})

test('no subcommand, or an unknown one, is one line that says which there are, and exit code 2', async (t) => {
  const names = Object.keys(subcommands).join(', ')
  for (const [args, fault] of [
    [[], 'say which subcommand'],
    [['verison'], 'there is no subcommand "verison"'],
    [['constructor'], 'there is no subcommand "constructor"'],
    [['--release'], 'there is no subcommand "--release"'],
    [['a\nb'], 'there is no subcommand "a\\nb"']
  ] as const) {
    const expected = { out: '', err: `dockerflow: ${fault}: ${names}; see dockerflow --help\n`, code: 2 }
    t.strictSame(await run([...args]), expected)
  }
})

test('each subcommand has a help, and refuses an unknown option in one line with exit code 2', async (t) => {
  for (const name of Object.keys(subcommands)) {
    const help = await run([name, '--help'])
    t.match(help.out, /^usage: /)
    t.match(help.out, `dockerflow ${name}`)
    t.strictSame([help.err, help.code], ['', 0])
    const { out, err, code } = await run([name, '--no-such-option'])
    t.match(
      err,
      new RegExp(`^dockerflow ${name}: [^\\n]*--no-such-option[^\\n]*; see dockerflow ${name} --help\\n$`)
    )
    t.strictSame([out, code], ['', 2])
  }
})

test('version writes the version object of @dockerflow/version', async (t) => {
  const sha = '8f1c5ff0a6cd2d1c1b2d9f9d2f7f6a34a1b0c9d8'
  const object = {
    source: 'https://h.org/org/service',
    version: '1.2.3',
    commit: sha,
    build: 'https://ci.h.org/7'
  }
  const args = Object.entries(object).flatMap(([name, value]) => [`--${name}`, value])
  const { out, err, code } = await run(['version', '--release', ...args])
  t.strictSame([JSON.parse(out), err, code], [object, '', 0])
  const refused = await run(['version', '--release', ...args, '--version', 'latest'])
  t.match(refused.err, /^dockerflow version: no release: /)
  t.strictSame([refused.out, refused.code], ['', 1])
})

test('logs makes the lines of @dockerflow/mozlog readable', async (t) => {
  const input = '{"Timestamp":1763664000123000000,"Severity":3,"Type":"a.b","Fields":{"msg":"high"}}\nplain\n'
  const { out, err, code } = await run(['logs', '--no-color'], { input })
  t.match(out, /^[\d:.]{12} ERROR a\.b high\nplain\n$/)
  t.strictSame([err, code], ['', 0])
})

test('the command is in the package, checked in, and runs what is built', async (t) => {
  t.strictSame(manifest.bin, { dockerflow: 'bin/dockerflow.js' })
  const bin = fileURLToPath(new URL(manifest.bin.dockerflow, packageRoot))
  t.match(await readFile(bin, 'utf8'), /^#!\/usr\/bin\/env node\n/)
  t.match((await run(['--help'], { program: [bin] })).out, /^usage: /)
})

test('it loads no subcommand before it is asked for', async (t) => {
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => (process.stderr.write(url + '\\n'), next(url, context)) })
    await import(${JSON.stringify(new URL('dist/cli.js', packageRoot).href)})`
  const loaded = (await run([], { program: [process.execPath, '--input-type=module', '-e', program] })).err
  t.match(loaded, 'dist/cli.js')
  t.notMatch(loaded, /dist\/lib\/|node_modules/)
})
