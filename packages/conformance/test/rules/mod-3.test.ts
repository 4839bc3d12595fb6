import rule from '../../src/rules/mod-3.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {
    both: dockerfile('FROM node:24\nENV HOME=/tmp TMPDIR=/tmp\n'),
    'an image': image({ config: { Env: ['HOME=/tmp', 'TEMP_DIR=/tmp'] } })
  },
  bad: {
    neither: [dockerfile('FROM node:24\n'), /HOME and TMPDIR/],
    one: [dockerfile('FROM node:24\nENV HOME=/tmp\n'), /^TMPDIR/, 2],
    'an image': [image(), /HOME and TMPDIR/]
  },
  unclear: { 'an unknown base': dockerfile('FROM example/base\n') }
})
