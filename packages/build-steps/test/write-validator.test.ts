import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'

const script = fileURLToPath(new URL('../src/write-validator.ts', import.meta.url))

function write(t: Test, schema: object, ...args: string[]) {
  const folder = t.testdir({ dist: { 'schemas.js': `export const Settings = ${JSON.stringify(schema)}` } })
  execFileSync(process.execPath, [script, ...args], { cwd: folder, stdio: 'pipe' })
  return join(folder, 'dist/settings-validator.js')
}

const settings = {
  type: 'object',
  required: ['port'],
  properties: {
    port: { type: 'string', format: 'even', default: '80', description: 'an even number' },
    // A property by the name of a keyword is no format.
    format: { enum: ['even', 'odd'] }
  }
}

test('a schema becomes a validator that loads nothing, with the formats that it is given', async (t) => {
  const file = write(t, settings, 'Settings')
  const types = readFileSync(file.replace(/js$/, 'd.ts'), 'utf8')
  t.match(types, 'formats: Record<"even", (text: string) => boolean>', 'none may be missing')
  t.notMatch(types, 'import', 'they need nothing')
  const { default: validator } = await import(file)
  const isSettings = validator({ even: (text: string) => Number(text) % 2 === 0 })

  const given: Record<string, string> = {}
  t.ok(isSettings(given))
  t.strictSame(given, { port: '80' }, 'defaults are filled in')
  t.notOk(isSettings({ port: '81', format: 'other' }))
  t.match(isSettings.errors, [
    { instancePath: '/port', keyword: 'format', parentSchema: { description: 'an even number' } },
    { instancePath: '/format', keyword: 'enum' }
  ])
})

test('what cannot be written is an error that says why', async (t) => {
  t.throws(() => write(t, settings), /has no schema "": say which to compile/)
  t.throws(() => write(t, settings, 'Other'), /has no schema "Other"/)
  t.throws(
    () => write(t, { type: 'string', maxLength: 7 }, 'Settings'),
    /Settings has a keyword that needs Ajv when it runs/
  )
  t.throws(() => write(t, { type: 'strong' }, 'Settings'), /schema is invalid/)
})
