// Writes the page of the rules from the rules: `pnpm run rules`.
import { writeFileSync } from 'node:fs'
import { rulesPage } from './src/output/page.ts'

writeFileSync(new URL('../../docs/conformance-rules.md', import.meta.url), rulesPage())
