// Writes the page of the rules from the rules: `pnpm run rules`, after a build.
import { writeFileSync } from 'node:fs'
import { rulesPage } from './dist/output/page.js'

writeFileSync(new URL('../../docs/conformance-rules.md', import.meta.url), rulesPage())
