/** What a value must be. */
export interface Rule {
  /** Whether it is. */
  accepts(value: unknown): boolean
  /** How that is said in an error, after "must be": `a string`. Never holds the value, which may be a secret. */
  expected: string
}

/** A string that isn't empty. */
export const text: Rule = {
  accepts: (value) => typeof value === 'string' && value !== '',
  expected: 'a string that is not empty'
}

/** True or false. */
export const boolean: Rule = { accepts: (value) => typeof value === 'boolean', expected: 'true or false' }

/** A finite number above 0. */
export const positive: Rule = {
  accepts: (value) => Number.isFinite(value) && (value as number) > 0,
  expected: 'a number above 0'
}

/** One of these strings. */
export const oneOf = (...values: string[]): Rule => ({
  accepts: (value) => values.includes(value as string),
  expected: values.map((value) => JSON.stringify(value)).join(' or ')
})

/** Whether `value` is an object or a function: something that members can be read of. */
export const hasMembers = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function'

/** A function. */
export const aFunction: Rule = { accepts: (value) => typeof value === 'function', expected: 'a function' }

/** An object that isn't an array. */
export const anObject: Rule = {
  accepts: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  expected: 'an object'
}

/** A part of a whole: a number above 0, and 1 at most. */
export const fraction: Rule = {
  accepts: (value) => positive.accepts(value) && (value as number) <= 1,
  expected: 'a number above 0 and at most 1'
}

/** For a check that asks this process itself. */
export const nothing: Rule = { accepts: (value) => value === undefined, expected: 'nothing' }
