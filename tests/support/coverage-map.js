import { globSync } from 'node:fs'

/** What the tests of a package must cover: its sources, all of them, and nothing else (tap's `coverage-map`). */
export default () => globSync('src/**/*.ts')
