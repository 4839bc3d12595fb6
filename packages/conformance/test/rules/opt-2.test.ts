import rule from '../../src/rules/opt-2.ts'
import { dockerfile, judges } from '../judge.ts'

judges(rule, { good: {}, bad: {}, unclear: { 'a Dockerfile': dockerfile('FROM node:24\n') } })
