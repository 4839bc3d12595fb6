/** What a value must be. */
export interface Rule {
  /** Whether it is. */
  accepts(value: unknown): boolean
  /** How an error says it, after "must be": `a string`. Never holds the value, which may be a secret. */
  expected: string
}

/** A rule of your own: what comes after "must be", and whether a value is that. */
export const rule = (expected: string, accepts: Rule['accepts']): Rule => ({ accepts, expected })

/**
 * Makes the error for a bad option. `expected` says what was expected: `must be a string`, `is unknown; …`.
 * An error class that `@fastify/error` creates is one.
 */
export type InvalidOption = (name: string, expected: string) => Error

/**
 * Throws what `invalid` makes of the first option that is unknown or has a wrong value. `undefined` is the default
 * of each option.
 *
 * @param options what was given; anything but an object is an error as well
 * @param rules a rule for each option that there is
 * @param invalid the error for a bad option
 * @param where comes before an option's name in an error: `checks.db.`
 */
export function checkOptions(
  options: object,
  rules: Record<string, Rule>,
  invalid: InvalidOption,
  where = ''
): void {
  if (!anObject.accepts(options)) throw invalid('options', `must be ${anObject.expected}`)
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined) {
      throw invalid(where + name, `is unknown; the options are: ${Object.keys(rules).join(', ')}`)
    }
    if (value !== undefined && !rule.accepts(value)) throw invalid(where + name, `must be ${rule.expected}`)
  }
}

/** Any value, for an option that is checked elsewhere. */
export const anything = rule('anything', () => true)

/** No value: for an argument that must be left out. */
export const nothing = rule('nothing', (value) => value === undefined)

/** A string, which may be empty. */
export const string = rule('a string', (value) => typeof value === 'string')

/** A string that isn't empty. */
export const text = rule('a string that is not empty', (value) => typeof value === 'string' && value !== '')

/** The path of a route. */
export const urlPath = rule(
  'a path that starts with "/"',
  (value) => typeof value === 'string' && value.startsWith('/')
)

/** An array of strings. `of` says what they are: `message ids`. */
export const strings = (of: string): Rule => ({
  accepts: (value) => Array.isArray(value) && value.every(string.accepts),
  expected: `an array of ${of}`
})

/** One of these strings. */
export const oneOf = (...values: string[]): Rule => ({
  accepts: (value) => values.includes(value as string),
  expected: values.map((value) => JSON.stringify(value)).join(' or ')
})

/** True or false. */
export const boolean = rule('true or false', (value) => typeof value === 'boolean')

/** A finite number above 0. */
export const positive = rule('a number above 0', (value) => Number.isFinite(value) && (value as number) > 0)

/** A part of a whole: a number above 0, and 1 at most. */
export const fraction = rule(
  'a number above 0 and at most 1',
  (value) => positive.accepts(value) && (value as number) <= 1
)

const range = (value: unknown, min: number, max: number) =>
  Number.isFinite(value) && (value as number) >= min && (value as number) <= max

/** A number within these bounds. `unit` is named in the error: `ms`. */
export const numberFrom = (min: number, max: number, unit?: string): Rule => ({
  accepts: (value) => range(value, min, max),
  expected: `a number ${unit ? `of ${unit} ` : ''}from ${min} to ${max}`
})

/** A whole number within these bounds. `unit` is named in the error: `ms`. */
export const wholeFrom = (min: number, max: number, unit?: string): Rule => ({
  accepts: (value) => Number.isInteger(value) && range(value, min, max),
  expected: `a whole number ${unit ? `of ${unit} ` : ''}from ${min} to ${max}`
})

/** The longest time that a timer can wait, in ms: a longer one fires at once. */
export const maxTime = 2 ** 31 - 1

/** Whether `value` is an object or a function, of which members can be read. */
export const hasMembers = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** An object that isn't an array. */
export const anObject = rule(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
)

/** A function. */
export const aFunction = rule('a function', (value) => typeof value === 'function')

/** The port that a variable of the environment says; NaN where it says none from `min` to 65535. */
export function toPort(variable: string, min = 0): number {
  const port = /^\d{1,5}$/.test(variable) ? Number(variable) : Number.NaN
  return range(port, min, 65_535) ? port : Number.NaN
}
