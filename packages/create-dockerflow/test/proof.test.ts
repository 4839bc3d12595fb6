import { join } from 'node:path'
import { test } from 'tap'
import { UserError } from '../src/errors.ts'
import { installCommand, prove, versionOf } from '../src/proof.ts'

const print = () => {}

test('a program that is not there, or fails, is named', async (t) => {
  const cwd = t.testdir({ text: 'not a program' })
  for (const [command, message] of [
    [['no-such-program', 'a'], /^no-such-program is not installed; the files are written$/],
    [[process.execPath, '-e', 'process.exit(3)'], /-e process\.exit\(3\)` failed; the files are written$/]
  ] as [[string, ...string[]], RegExp][]) {
    const fault = await prove([command], cwd, print).catch((error) => error)
    t.type(fault, UserError)
    t.match(fault.message, message)
  }
  await t.rejects(prove([[join(cwd, 'text')]], cwd, print), { code: 'EACCES' })
})

test('a command is printed, and one after a failed one is not run', async (t) => {
  const lines: string[] = []
  const cwd = t.testdir()
  await prove([['true', 'a'], ['true']], cwd, (line) => lines.push(line))
  t.strictSame(lines, ['\n$ true a', '\n$ true'])
  await t.rejects(prove([['false'], ['true', 'never']], cwd, (line) => lines.push(line)))
  t.strictSame(lines.slice(2), ['\n$ false'])
})

test('the version of a program is that of its first line; undefined where it has none', async (t) => {
  t.match(versionOf('npm', t.testdir()), /^\d+\.\d+\.\d+$/)
  t.equal(versionOf('no-such-program', t.testdir()), undefined)
  t.equal(versionOf('true', t.testdir()), undefined)
})

test('yarn may write its lock file, also in CI', async (t) => {
  t.strictSame(installCommand('npm'), ['npm', 'install'])
  t.strictSame(installCommand('yarn', '1.22.22'), ['yarn', 'install'])
  t.strictSame(installCommand('yarn', '4.18.1'), ['yarn', 'install', '--no-immutable'])
})
