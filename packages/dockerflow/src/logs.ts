import { logsCommand } from '@dockerflow/mozlog/command'

export const run = (args: string[]) => logsCommand(args, 'dockerflow logs')
