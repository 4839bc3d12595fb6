import { dockerflow } from './dockerflow.ts'

process.exitCode = await dockerflow(process.argv.slice(2))
