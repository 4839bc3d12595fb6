// All rules' tests, in one process: to start one for each would take longer than the tests do. One rule's alone:
// `npx tap test/rules/app-1.test.ts`.
import { globSync } from 'node:fs'

for (const file of globSync('rules/*.test.ts', { cwd: import.meta.dirname }).sort()) await import(`./${file}`)
