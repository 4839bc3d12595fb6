import rule from '../../src/rules/mod-5.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {
    'a Dockerfile': dockerfile('FROM node:24\nENV NOTIFICATIONS_DIR=/mnt/notifications\n'),
    'an image': image({ config: { Env: ['REPORTS=/mnt/notifications'] } })
  },
  bad: {},
  unclear: { none: dockerfile('FROM node:24\nENV A=1\n'), 'an image': image() }
})
