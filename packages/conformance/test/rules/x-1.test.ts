import rule from '../../src/rules/x-1.ts'
import { dockerfile, judges, manifest, repository } from '../judge.ts'

const digest = `@sha256:${'a'.repeat(64)}`

judges(rule, {
  good: {
    'a Dockerfile': dockerfile(`FROM node:24${digest}\n`),
    compose: repository({ 'compose.yaml': `services:\n  db:\n    image: postgres:17${digest}\n` }),
    manifest: manifest(
      `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - { name: a, image: "a${digest}" }\n`
    )
  },
  bad: {
    tag: [dockerfile('FROM node:24\n'), /node:24 is not pinned/, 1],
    'a stage that is copied from': [
      dockerfile(
        `FROM debian AS a\nFROM node${digest}\nCOPY --from=a /a /a\nCOPY --from=ghcr.io/a/b:1 /b /b\n`
      ),
      /ghcr\.io\/a\/b:1/,
      4
    ],
    compose: [
      repository({ 'compose.yaml': 'services:\n  db:\n    image: postgres\n' }),
      /postgres is not pinned/,
      3
    ]
  },
  unclear: {
    scratch: dockerfile('FROM scratch\n'),
    'a context of the build': dockerfile('FROM scratch\nCOPY --from=assets a /a\n'),
    'an argument': dockerfile('ARG B\nFROM $B\n'),
    'a stage that is not needed': dockerfile('FROM node:24 AS test\nFROM scratch\n'),
    manifest: manifest('apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - { name: a, image: a }\n')
  }
})
