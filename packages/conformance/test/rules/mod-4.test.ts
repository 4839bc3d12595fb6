import rule from '../../src/rules/mod-4.ts'
import { goodFiles } from '../fixtures/image.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {
    CMD: dockerfile('FROM node:24\nENTRYPOINT ["tini", "--"]\nCMD ["start"]\n'),
    COPY: dockerfile('FROM node:24\nCOPY bin/start /usr/local/bin/\n'),
    'an image': image({ layers: [[...goodFiles, { name: 'usr/local/bin/start', body: '' }]] })
  },
  bad: { 'an image': [image({ config: { Env: [] } }), /No program start/] },
  unclear: { 'npm start': dockerfile('FROM node:24\nENTRYPOINT ["npm"]\nCMD ["start"]\n') }
})
