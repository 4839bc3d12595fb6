// Part of the build: writes the schema of the report as plain JSON, so that nobody loads TypeBox to read it.
import { writeFileSync } from 'node:fs'
import { Report } from './dist/schema.js'

writeFileSync(new URL('dist/report.schema.json', import.meta.url), `${JSON.stringify(Report, null, 2)}\n`)
