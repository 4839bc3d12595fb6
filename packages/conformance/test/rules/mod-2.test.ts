import rule from '../../src/rules/mod-2.ts'
import { judges, manifest, repository } from '../judge.ts'

const pod = (context: string) =>
  manifest(`apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      image: a\n${context}`)

judges(rule, {
  good: {
    manifest: pod('      securityContext: { readOnlyRootFilesystem: true }\n'),
    compose: repository({ 'compose.yaml': 'services:\n  a:\n    build: .\n    read_only: true\n' })
  },
  bad: {
    manifest: [pod(''), /root of a can be written/, 5],
    compose: [repository({ 'compose.yaml': 'services:\n  a:\n    build: .\n' }), /can be written/, 2]
  },
  unclear: { 'an image of others': repository({ 'compose.yaml': 'services:\n  db:\n    image: postgres\n' }) }
})
