import rule from '../../src/rules/l16-1.ts'
import { dockerfile, image, judges, manifest, repository } from '../judge.ts'

judges(rule, {
  good: {
    'a Dockerfile': dockerfile('FROM node:24\nENV STATSD_HOST=localhost\n'),
    'an image': image({ config: { Env: ['STATSD_PORT=8125'] } }),
    'a manifest': manifest(
      'apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: a\n          image: a\n          env:\n            - { name: STATSD_HOST, value: b }\n'
    ),
    'compose, as a list': repository({
      'compose.yaml': 'services:\n  a:\n    image: a\n    environment:\n      - STATSD_HOST=b\n'
    }),
    'compose, as an object': repository({
      'compose.yaml': 'services:\n  a:\n    image: a\n    environment: { STATSD_HOST: b }\n'
    })
  },
  bad: {},
  unclear: { none: dockerfile('FROM node:24\n') }
})
