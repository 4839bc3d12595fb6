import { versionCommand } from '@dockerflow/version/command'

export const run = (args: string[]) => versionCommand(args, 'dockerflow version')
