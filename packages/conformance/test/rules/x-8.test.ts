import rule from '../../src/rules/x-8.ts'
import { goodFiles } from '../fixtures/image.ts'
import { image, judges, together } from '../judge.ts'

judges(rule, {
  good: { 'the same': together(image(), image()) },
  bad: {
    another: [together(image(), image({ layers: [[...goodFiles, { name: 'a', body: '' }]] })), /two digests/]
  },
  unclear: { one: image() }
})
