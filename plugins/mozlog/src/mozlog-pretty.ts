import { logsCommand } from './command.ts'

process.exitCode = logsCommand(process.argv.slice(2))
