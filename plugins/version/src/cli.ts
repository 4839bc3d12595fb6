import { versionCommand } from './command.ts'

process.exitCode = await versionCommand(process.argv.slice(2))
