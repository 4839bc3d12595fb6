import { DOCKERFLOW_MOZLOG_INVALID_OPTION } from './errors.ts'

/** For each option, what it must be, and whether a value is that. */
export type OptionRules = Record<string, [expected: string, holds: (value: unknown) => boolean]>

export const isString = (value: unknown) => typeof value === 'string'
export const isBoolean = (value: unknown) => typeof value === 'boolean'
export const isFunction = (value: unknown) => typeof value === 'function'
export const isObject = (value: unknown) => typeof value === 'object' && value !== null
export const isStream = (value: unknown) =>
  isObject(value) && isFunction(Reflect.get(value as object, 'write'))
export const isStrings = (value: unknown) => Array.isArray(value) && value.every(isString)

/** Throws DOCKERFLOW_MOZLOG_INVALID_OPTION for the first option that is unknown or has an impossible value. */
export function checkOptions(opts: object, rules: OptionRules): void {
  for (const [name, value] of Object.entries(opts)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) {
      throw new DOCKERFLOW_MOZLOG_INVALID_OPTION(
        name,
        `is unknown; the options are: ${Object.keys(rules).join(', ')}`
      )
    }
    if (value !== undefined && !rule[1](value)) {
      throw new DOCKERFLOW_MOZLOG_INVALID_OPTION(name, `must be ${rule[0]}`)
    }
  }
}
