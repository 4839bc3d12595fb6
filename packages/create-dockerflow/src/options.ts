import { parseArgs } from 'node:util'
import { type Manager, managers, parseRegistry, type Registry } from './answers.ts'
import { UserError } from './errors.ts'

/** The flags that both commands have. */
export const shared = {
  name: { type: 'string' },
  warn: { type: 'string', multiple: true },
  registry: { type: 'string' },
  kubernetes: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  'dry-run': { type: 'boolean' },
  install: { type: 'boolean', default: true },
  force: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' }
} as const

type Flags = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>

type Parsed<Options extends Flags> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true; allowNegative: true }>
>

/**
 * The flags and at most one folder.
 * @throws {UserError} of an unknown flag, a value that is missing, or a second folder
 */
export function parse<const Options extends Flags>(
  args: string[],
  options: Options
): { flags: Parsed<Options>['values']; folder: string | undefined } {
  let parsed: Parsed<Options>
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, allowNegative: true })
  } catch (error) {
    throw new UserError((error as Error).message.split('\n')[0] as string, 2)
  }
  const [folder, ...more] = parsed.positionals
  if (more.length > 0) throw new UserError(`one folder at most, not also ${JSON.stringify(more[0])}`, 2)
  if (folder === '') throw new UserError('the folder has an empty name', 2)
  return { flags: parsed.values, folder }
}

/** A flag's value, if it is given and one of `values`. */
export function oneOf<Value extends string>(
  flag: string,
  value: string | undefined,
  values: readonly Value[]
): Value | undefined {
  if (value === undefined || values.includes(value as Value)) return value as Value | undefined
  throw new UserError(`--${flag} is one of ${values.join(', ')}, not ${JSON.stringify(value)}`, 2)
}

/** The names that `--warn a,b --warn c` gives, each of which must be known; undefined where it isn't given. */
export function parseWarn(values: string[] | undefined, known: string[]): string[] | undefined {
  const names = values?.flatMap((value) => value.split(',')).filter((name) => name !== '' && name !== 'none')
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown === undefined) return names
  throw new UserError(
    `--warn is ${known.length > 0 ? `none, or some of ${known.join(', ')}` : 'none: the service depends on nothing'}, not ${JSON.stringify(unknown)}`,
    2
  )
}

export const registryFault = (value: string): string | undefined => {
  try {
    parseRegistry(value)
    return undefined
  } catch (error) {
    return (error as UserError).message.replace('--registry is', 'It is')
  }
}

/** The package manager that runs this command, and its version: `npm create` says so. */
export function callerOf(environment: NodeJS.ProcessEnv): { manager: Manager; version: string } | undefined {
  const [, name, version = ''] = /^(\w+)\/(\S+)/.exec(environment.npm_config_user_agent ?? '') ?? []
  const manager = managers.find((known) => known === name)
  return manager && { manager, version }
}

export type { Registry }
