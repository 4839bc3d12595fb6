import { fileURLToPath } from 'node:url'
import { initCommand } from 'create-dockerflow/init'

const bin = fileURLToPath(new URL('bin/dockerflow.js', import.meta.resolve('dockerflow/package.json')))

export const run = (args: string[]) => initCommand(args, 'dockerflow init', [process.execPath, bin, 'check'])
