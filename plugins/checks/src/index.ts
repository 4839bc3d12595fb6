export { type CheckDefinition, defineCheck } from './lib/define-check.ts'
export { type KeptConnection, keepConnection } from './lib/keep-connection.ts'
export { boolean, oneOf, positive, type Rule, text } from './lib/rules.ts'
