import rule from '../../src/rules/x-3.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {},
  bad: {
    SIGKILL: [dockerfile('FROM node:24\nSTOPSIGNAL SIGKILL\n'), /SIGKILL/],
    'an image': [image({ config: { StopSignal: '9' } }), /SIGKILL/]
  },
  unclear: {
    SIGTERM: dockerfile('FROM node:24\nSTOPSIGNAL SIGTERM\n'),
    'an image': image({ config: { StopSignal: 'SIGTERM' } })
  }
})
