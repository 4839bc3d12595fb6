// `npm run picture`: takes the README's pictures of the demo's page, in light and dark, from the real one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { find, freePort } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import { chromium } from 'playwright-core'

const executablePath = find('chromium')
if (!executablePath) throw new Error('chromium is missing: apt-get install chromium')

const images = join(root, 'docs/images')
const folder = await mkdtemp(join(tmpdir(), 'picture-'))
const version = {
  source: 'https://github.com/example/shop',
  version: '1.2.3',
  commit: '0f1e2d3c4b5a69788796a5b4c3d2e1f001122334',
  build: 'https://github.com/example/shop/actions/runs/1'
}
await writeFile(join(folder, 'version.json'), JSON.stringify(version))
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const demo = spawn(process.execPath, [join(root, 'apps/demo/dist/server.js')], {
  cwd: folder,
  env: { PATH: process.env.PATH, PORT: `${port}`, VERSION_FILE: join(folder, 'version.json') },
  stdio: ['ignore', 'ignore', 'inherit']
})
const ended = once(demo, 'exit')
try {
  const deadline = Date.now() + 30_000
  while (!(await fetch(url).catch(() => undefined))) {
    if (demo.exitCode !== null || Date.now() > deadline) throw new Error('the demo did not start')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await mkdir(images, { recursive: true })
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update']
  })
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width: 900, height: 470 }, colorScheme })
    await page.goto(url)
    await page.locator('#checks [data-level=ok]').first().waitFor()
    await page.screenshot({ path: join(images, `demo-${colorScheme}.png`) })
    await page.close()
  }
  await browser.close()
} finally {
  demo.kill('SIGTERM')
  await ended
  await rm(folder, { recursive: true, force: true })
}
