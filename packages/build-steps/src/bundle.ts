#!/usr/bin/env node
// Gathers the sources of a package into one file for each entry, and for what entries share: the modules of a service
// take longer to find and to read than to run. An entry is what package.json exports, or a file in bin/ imports.
import { globSync, readFileSync, rmSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { build } from 'vite'

const { exports, dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const withSubpaths = (name: string) => new RegExp(`^${name}(?:/|$)`)
const sources = (file: string) => globSync(file.replace(/^(?:\.\/|\.\.\/)dist\/(.*)\.js$/, 'src/$1.ts'))
const exported = Object.values<{ default?: string } | string | null>(exports).flatMap((target) =>
  typeof target === 'object' && target?.default ? sources(target.default) : []
)
const started = globSync('bin/*.js').flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/import\('([^']+)'\)/g)].flatMap(([, path = '']) => sources(path))
)
const input = [...new Set([...exported, ...started])]
if (input.length === 0)
  throw new Error('package.json exports nothing of dist/, and nothing in bin/ imports any')

// What an earlier build wrote. The schemas and their validators are of this one.
for (const file of globSync('dist/**/*.js'))
  if (!/^(?:schemas|.+-validator)\.js$/.test(basename(file))) rmSync(file)

await build({
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'node22',
    minify: false,
    emptyOutDir: false,
    outDir: 'dist',
    rolldownOptions: {
      input: Object.fromEntries(input.map((file) => [basename(file, '.ts'), resolve(file)])),
      external: [/^node:/, ...Object.keys({ ...dependencies, ...peerDependencies }).map(withSubpaths)],
      output: { entryFileNames: '[name].js', chunkFileNames: 'lib/[name].js', comments: false }
    }
  }
})
