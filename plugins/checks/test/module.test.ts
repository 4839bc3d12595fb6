import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'tap'
import * as checks from '../src/index.ts'

const src = new URL('../src/', import.meta.url)
const services = readdirSync(src, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'index.ts')
  .map((entry) => entry.name.replace('.ts', ''))

test('the module has what a check of your own is made with', async (t) => {
  t.strictSame(Object.keys(checks).sort(), [
    'boolean',
    'defineCheck',
    'keepConnection',
    'oneOf',
    'positive',
    'text'
  ])
})

for (const service of services) {
  test(`@dockerflow/checks/${service} has one factory`, async (t) => {
    const built = new URL(`../dist/${service}.js`, import.meta.url).href
    t.equal(import.meta.resolve(`@dockerflow/checks/${service}`), built)
    const module: object = await import(`../src/${service}.ts`)
    const factories = Object.keys(module).filter((name) => name.endsWith('Check'))
    t.equal(factories.length, 1)
  })
}

test('what is inside can not be reached', async (t) => {
  t.throws(() => import.meta.resolve('@dockerflow/checks/lib/rules'), {
    code: 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  })
})

test('no driver, and nothing else than types of the heartbeat, is needed at run time', async (t) => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const names = Object.keys(dependencies)
  for (const file of files) {
    const text = readFileSync(new URL(file, src), 'utf8')
    for (const [, kind, from] of text.matchAll(/^(?:import|export)( type)? [^'"]*from '([^.'][^']*)'/gm)) {
      const fine =
        kind !== undefined ||
        from?.startsWith('node:') ||
        names.some((name) => from === name || from?.startsWith(`${name}/`))
      t.ok(fine, `${file}: ${from}`)
    }
  }
})
