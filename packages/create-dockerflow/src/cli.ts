import { createCommand } from './create-command.ts'
import { processTerminal } from './terminal.ts'

process.exitCode = await createCommand(process.argv.slice(2), processTerminal())
