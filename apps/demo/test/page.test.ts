import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { find, without } from '@dockerflow/testing/programs'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Test, test } from 'tap'
import { type Service, startService } from './fixtures/service.ts'

const skip = without('chromium')
const screenshots = new URL('../.screenshots/', import.meta.url).pathname
const version = { source: 'https://example.com/demo', version: '1.2.3', commit: 'a'.repeat(40), build: '' }

let browser: Browser

async function open(t: Test, width: number, colorScheme: 'dark' | 'light') {
  browser ??= await chromium.launch({
    executablePath: find('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']
  })
  const folder = t.testdir({ 'version.json': JSON.stringify(version) })
  const service = await startService(t, { VERSION_FILE: join(folder, 'version.json') })
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (err) => complaints.push(String(err)))
  await page.goto(service.url)
  await page.locator('#checks [data-level=ok]').waitFor()
  return { service, page, complaints }
}

const database = (service: Service, name = 'demo.db') => join(service.folder, 'data', name)

/** What a check of accessibility finds wrong, by rule. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const results = (await page.evaluate('axe.run()')) as axe.AxeResults
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

for (const [width, scheme] of [
  [360, 'light'],
  [360, 'dark'],
  [1440, 'light'],
  [1440, 'dark']
] as const) {
  test(`at ${width} pixels, ${scheme}: a check that goes bad is seen without a reload, and so is its recovery`, {
    skip
  }, async (t) => {
    const { service, page, complaints } = await open(t, width, scheme)
    await mkdir(screenshots, { recursive: true })
    const shoot = (state: string) =>
      page.screenshot({ path: join(screenshots, `${width}-${scheme}-${state}.png`), fullPage: true })

    t.equal(await page.locator('#overall').textContent(), 'ok')
    t.match(await page.locator('#version').textContent(), version.commit)
    t.strictSame(await barriers(page), [])
    await shoot('ok')

    await rename(database(service), database(service, 'gone.db'))
    await page.locator('#checks [data-level=error]').waitFor()
    t.equal(await page.locator('#overall').textContent(), 'error')
    t.strictSame(await barriers(page), [])
    await shoot('error')

    await rename(database(service, 'gone.db'), database(service))
    await page.locator('#checks [data-level=ok]').waitFor()
    t.equal(await page.locator('#overall').textContent(), 'ok')

    const scrolled = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    t.notOk(scrolled, 'nothing is wider than the screen')
    t.strictSame(complaints, [])
  })
}

test('the page says when the service can not be reached, and recovers by itself', { skip }, async (t) => {
  const { service, page } = await open(t, 360, 'light')
  const port = new URL(service.url).port
  service.process.kill('SIGTERM')
  await service.ended
  await page.locator('#overall[data-level=unreachable]').waitFor()
  await startService(t, { PORT: port })
  await page.locator('#overall[data-level=ok]').waitFor()
  t.equal(await page.locator('#no-version').isVisible(), true, 'the new process has no version file')
})

test('every part of the page is named for a screen reader, and a change of state is announced', {
  skip
}, async (t) => {
  const { page } = await open(t, 360, 'light')
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Dockerflow demo')
  t.equal(await page.getByRole('status').textContent(), 'ok')
  t.match(await page.getByRole('region', { name: 'Checks' }).textContent(), /sqlite\s*ok/)
  t.match(await page.getByRole('region', { name: 'Version' }).textContent(), '1.2.3')
  t.equal(await page.getByRole('navigation', { name: 'Endpoints' }).getByRole('link').count(), 3)
})

test('close the browser', { skip }, async () => {
  await browser.close()
})
