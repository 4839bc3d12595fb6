import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failures } from '@dockerflow/testing/failed'
import { missing, onlyOn } from '@dockerflow/testing/programs'
import { summary } from '@dockerflow/testing/skipped'
import { test } from 'tap'

const log = (text: string) => ({ '.turbo': { 'turbo-test.log': text } })

test('npm test ends with what failed in this run and why, and with what no test covers', async (t) => {
  const root = t.testdir({
    plugins: {
      a: log(
        [
          'ok 1 - test/good.test.ts',
          '    not ok 1 - adds up',
          '      ---',
          '      diff: "-2 +3"',
          '      ...',
          '    ok 2 - subtracts',
          '    not ok 3 - later # TODO',
          'not ok 2 - test/sums.test.ts # time=1ms',
          '',
          'File      | % Stmts | % Branch | % Funcs | % Lines | Uncovered Line #s ',
          'All files |     100 |     95.1 |     100 |     100 |                   ',
          ' sums.ts  |     100 |    95.65 |     100 |     100 | 99                ',
          ' good.ts  |     100 |      100 |     100 |     100 |                   ',
          '[ELIFECYCLE] Test failed. See above for more details.'
        ].join('\n')
      ),
      b: log('    not ok 1 - expected by a test of tests\nok 1 - test/b.test.ts\n'),
      c: log('not ok 1 - of an earlier run\n[ELIFECYCLE] Test failed.')
    }
  })
  const now = Date.now()
  utimesSync(join(root, 'plugins/c/.turbo/turbo-test.log'), now / 1000 - 9, now / 1000 - 9)
  t.strictSame(failures(root, now - 5000).split('\n'), [
    '',
    'Failed in plugins/a:',
    '    not ok 1 - adds up',
    '      ---',
    '      diff: "-2 +3"',
    '      ...',
    'not ok 2 - test/sums.test.ts # time=1ms',
    ' sums.ts  |     100 |    95.65 |     100 |     100 | 99                ',
    ''
  ])
  t.equal(failures(root, now + 5000), '')
})

test('npm test ends with how many suites were skipped, and how to run them too', async (t) => {
  const suite = (name: string, more: object) => JSON.stringify({ suite: name, ...more })
  const root = t.testdir({
    plugins: {
      a: {
        'package.json': '{"name":"@demo/a"}',
        test: { 'one.test.ts': '', 'two.test.ts': '', 'three.test.ts': '' },
        '.tap': {
          skipped: {
            '1.json': suite('one.test.ts', { packages: ['redis-server'] }),
            '2.json': suite('one.test.ts', { packages: ['openssl'] }),
            '3.json': suite('two.test.ts', { reason: 'this is for linux, and not for win32' })
          }
        }
      },
      b: { 'package.json': '{"name":"@demo/b"}', test: { 'one.test.ts': '' } }
    }
  })
  const text = summary(root)
  t.match(text, '2 of 3 suites of @demo/a\n')
  t.match(text, 'apt-get install openssl redis-server\n')
  t.match(text, 'Others: this is for linux, and not for win32.\n')
  t.notMatch(text, '@demo/b')
  t.equal(summary(t.testdir({})), '')
})

// The script `test` of the package in `cwd`, as the user with this id.
const testPackage = (cwd: string, uid: string, env: NodeJS.ProcessEnv) => {
  const script = fileURLToPath(import.meta.resolve('@dockerflow/testing/test-package'))
  const user = `data:text/javascript,process.getuid=()=>${uid}`
  return spawnSync(process.execPath, ['--import', user, script], { cwd, encoding: 'utf8', env }).stdout
}

test('full coverage is required in CI, and where no test of the package may be skipped', {
  skip: onlyOn('linux')
}, async (t) => {
  const folder = t.testdir({ bin: { tap: '#!/bin/sh\necho "arguments: $*"\n' }, test: { 'a.test.ts': '' } })
  chmodSync(join(folder, 'bin/tap'), 0o755)
  const ask = ({ UID, ...env }: { UID: string; CI?: string }) =>
    testPackage(folder, UID, { ...process.env, CI: '', PATH: `${folder}/bin:${process.env.PATH}`, ...env })
  const whole = /^arguments: (?:--jobs=3)?\n$/
  const without = /^arguments: (?:--node-arg=--require=.+ )?--disable-coverage(?: --jobs=3)?\n$/
  // No test of this package may be skipped for it, unless a program is missing.
  t.match(ask({ UID: '1000' }), missing().length === 0 ? whole : without)
  t.match(ask({ UID: '1000', CI: 'true' }), whole)
  writeFileSync(join(folder, 'test/a.test.ts'), "test('mounts', { skip: onlyAsRoot('it mounts') })")
  t.match(ask({ UID: '0' }), missing().length === 0 ? whole : without)
  t.match(ask({ UID: '1000' }), without)
  t.match(ask({ UID: '1000', CI: 'true' }), whole)
})

test("without coverage, tap's recorder is neither in a test nor in what it starts", {
  skip: onlyOn('linux') || (Number.parseInt(process.versions.node, 10) < 26 && 'it stays before Node 26')
}, async (t) => {
  const folder = t.testdir({
    'package.json': '{ "type": "module", "tap": { "include": ["test/*.test.ts"], "type-strip-only": true } }',
    test: {
      'a.test.ts': [
        "import { execFileSync } from 'node:child_process'",
        "import { test } from 'tap'",
        "test('inherits', { skip: onlyAsRoot('it mounts') }, async (t) => {",
        "  t.comment(execFileSync(process.execPath, ['-p', 'process.env.NODE_OPTIONS'], { encoding: 'utf8' }))",
        '})',
        'function onlyAsRoot(_why: string) { return false }'
      ].join('\n')
    }
  })
  const recorded = (env: NodeJS.ProcessEnv) => {
    const own = Object.entries(process.env).filter(([name]) => !/^(?:_?TAP|NODE_OPTIONS$)/.test(name))
    const output = testPackage(folder, '1000', { ...Object.fromEntries(own), CI: '', ...env })
    t.match(output, /^ok 1 - test.a\.test\.ts/m)
    return {
      processes: globSync('.tap/processinfo/*.json', { cwd: folder }).length,
      inherited: output.includes('/processinfo/')
    }
  }
  t.same(recorded({ CI: 'true' }), { processes: 1, inherited: true })
  t.same(recorded({}), { processes: 0, inherited: false })
})
