export { boolean, oneOf, positive, type Rule, text } from '@dockerflow/kit/options'
export { type CheckDefinition, defineCheck } from './lib/define-check.ts'
export { type KeepOptions, type KeptConnection, keepConnection } from './lib/keep-connection.ts'
