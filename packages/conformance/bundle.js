// Part of the build: gathers what tsc wrote into a few files. A hundred small ones take longer to load than to run.
import { cpSync, globSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('.', import.meta.url))
const { exports, dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const written = globSync('dist/**/*.js', { cwd: root })

await build({
  configFile: false,
  logLevel: 'warn',
  root,
  build: {
    ssr: true,
    target: 'node22',
    minify: false,
    outDir: 'dist/bundle',
    rolldownOptions: {
      input: Object.values(exports).flatMap(({ default: file }) => file ?? []),
      external: [/^node:/, ...Object.keys(dependencies)],
      output: { entryFileNames: '[name].js', chunkFileNames: 'parts/[name].js' }
    }
  }
})
for (const file of written) rmSync(`${root}${file}`)
cpSync(`${root}dist/bundle`, `${root}dist`, { recursive: true })
rmSync(`${root}dist/bundle`, { recursive: true })
