import rule from '../../src/rules/mod-1.ts'
import { dockerfile, image, judges, repository } from '../judge.ts'

judges(rule, {
  good: {
    tini: dockerfile('FROM node:24\nENTRYPOINT ["tini", "--"]\nCMD ["node"]\n'),
    'the shell form': dockerfile('FROM node:24\nCMD dumb-init node\n'),
    'an image': image(),
    compose: repository({ 'compose.yaml': 'services:\n  a:\n    build: .\n    init: true\n' })
  },
  bad: {
    none: [dockerfile('FROM node:24\nCMD ["node"]\n'), /nothing reaps/, 2],
    'an image': [image({ config: { Entrypoint: null } }), /nothing reaps/]
  },
  unclear: {
    'a script': dockerfile('FROM node:24\nENTRYPOINT ["/app/run.sh"]\n'),
    'an image with a script': image({ config: { Entrypoint: ['/docker-entrypoint.sh'] } }),
    'no command': dockerfile('FROM node:24\n')
  }
})
