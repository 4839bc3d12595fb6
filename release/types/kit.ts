import { Level, levelName } from '@dockerflow/kit/levels'
import {
  aFunction,
  anObject,
  anything,
  boolean,
  checkOptions,
  fraction,
  hasMembers,
  type InvalidOption,
  maxTime,
  nothing,
  numberFrom,
  oneOf,
  positive,
  type Rule,
  rule,
  string,
  strings,
  text,
  toPort,
  urlPath,
  wholeFrom
} from '@dockerflow/kit/options'
import { redact, redactError } from '@dockerflow/kit/redact'
import { expectTypeOf } from 'expect-type'

expectTypeOf(Level.ERROR).toEqualTypeOf<40>()
expectTypeOf(levelName).toEqualTypeOf<(level: number) => string>()

expectTypeOf(redact).toEqualTypeOf<(text: string, length?: number) => string>()
expectTypeOf(redactError).toEqualTypeOf<(thrown: unknown) => Error>()

for (const one of [
  aFunction,
  anObject,
  anything,
  boolean,
  fraction,
  nothing,
  positive,
  string,
  text,
  urlPath
]) {
  expectTypeOf(one).toEqualTypeOf<Rule>()
}
for (const one of [numberFrom(0, 1), wholeFrom(0, maxTime, 'ms'), oneOf('a', 'b'), strings('names')]) {
  expectTypeOf(one).toEqualTypeOf<Rule>()
}
expectTypeOf(rule('7', (value) => value === 7)).toEqualTypeOf<Rule>()
expectTypeOf(toPort('80', 1)).toEqualTypeOf<number>()

const invalid: InvalidOption = (name, expected) => new TypeError(`${name} ${expected}`)
expectTypeOf(checkOptions({ limit: 7 }, { limit: positive }, invalid, 'a.')).toEqualTypeOf<void>()
// @ts-expect-error options are an object
checkOptions('limit', { limit: positive }, invalid)
// @ts-expect-error what makes the error is needed
checkOptions({ limit: 7 }, { limit: positive })

const value: unknown = {}
if (hasMembers(value)) expectTypeOf(value).toEqualTypeOf<Record<string, unknown>>()
