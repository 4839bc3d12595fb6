import { checkCommand } from '@dockerflow/conformance/command'

export const run = (args: string[]) => checkCommand(args, 'dockerflow check')
