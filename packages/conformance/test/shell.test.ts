import { test } from 'tap'
import { expand, UNRESOLVED } from '../src/dockerfile/expand.ts'
import { commandsOf } from '../src/dockerfile/shell.ts'

const variables: Record<string, string> = { APP: 'shop', EMPTY: '', TWO: 'a b' }
const lookup = (name: string) => variables[name]
/** The commands of a script, `>` before each file that is written. */
const read = (script: string) =>
  commandsOf(script, lookup).map(({ words, writes }) => [...words, ...writes.map((file) => `>${file}`)])
const U = UNRESOLVED

const scripts: [script: string, commands: string[][]][] = [
  ['a && b || c; d & e | f\ng', [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g']]],
  ['(a; b)', [['a'], ['b']]],
  ['if [ -e /x ]; then a; else ! b; fi', [['[', '-e', '/x', ']'], ['a'], ['b']]],
  ['echo \'a b\' "c d" e\\ f', [['echo', 'a b', 'c d', 'e f']]],
  ['echo \'a\'"b"c', [['echo', 'abc']]],
  ['echo "a\\"b" "\\$APP"', [['echo', 'a"b', '$APP']]],
  ['echo \'$APP\' "$APP" ${APP}s $TWO', [['echo', '$APP', 'shop', 'shops', 'a', 'b']]],
  ['echo $NONE ${NONE:-x} ${EMPTY:-y} ${EMPTY-z}', [['echo', U, 'x', 'y', '']]],
  ['echo $(date; whoami) `date` "$(x)"', [['echo', U, U, `${U}(x)`]]],
  ['echo $1 $? $', [['echo', '$1', '$?', '$']]],
  ['echo a # b\nc', [['echo', 'a'], ['c']]],
  ['echo a#b', [['echo', 'a#b']]],
  ['a \\\n  b', [['a', 'b']]],
  ['echo x >/etc/passwd 2>/dev/null >>log', [['echo', 'x', '>/etc/passwd', '>/dev/null', '>log']]],
  ['cat <in >out', [['cat', '>out']]],
  ['a <', [['a']]],
  ['B=1 C=$B a $C', [['a', U]]],
  ['B=1; a $B', [['a', '1']]],
  ['sudo -E env A=1 nice useradd x', [['useradd', 'x']]],
  ["bash -ec 'a; b'", [['a'], ['b']]],
  ['sh script.sh', [['sh', 'script.sh']]],
  ['sudo', [['sudo']]],
  // What doesn't end goes on to the end.
  ["echo 'a", [['echo', 'a']]],
  ['echo "a', [['echo', 'a']]],
  ['echo `a', [['echo', U]]],
  ['echo $(a', [['echo', U]]],
  ['echo ${APP', [['echo', 'shop']]],
  ['# only', []],
  ['', []]
]

for (const [script, commands] of scripts) {
  test(`the shell script ${JSON.stringify(script)}`, async (t) => {
    t.strictSame(read(script), commands)
  })
}

test('more commands than a script has are not read', async (t) => {
  t.equal(read('a;'.repeat(30_000)).length, 20_000)
})

test('variables are filled in as BuildKit does, and what is not known stays unknown', async (t) => {
  for (const [text, expected] of [
    ['\\$APP', '$APP'],
    ['${APP:+x} ${EMPTY:+x} ${EMPTY+x}', 'x  x'],
    ['${APP#s} ${APP/s/t}', `${U} ${U}`],
    ['${NONE?must} ${NONE:-${APP}}', `${U} shop`],
    ['${', U],
    ['$$ $', '$$ $'],
    ['$(id)', `${U}(id)`]
  ] as const) {
    t.equal(expand(text, lookup), expected, text)
  }
})
