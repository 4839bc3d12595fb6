import rule from '../../src/rules/x-4.ts'
import { judges, manifest } from '../judge.ts'

const pod = (context: string) =>
  manifest(`apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: shop\n      image: shop\n${context}`)

judges(rule, {
  good: {
    'all of it': pod(
      '      securityContext: { capabilities: { drop: [ALL] }, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true }\n'
    )
  },
  bad: {
    nothing: [pod(''), /capabilities are not dropped, privileges may be gained, the root can be written/, 5],
    privileged: [pod('      securityContext: { privileged: true }\n'), /privileged/, 7]
  },
  unclear: {
    'Cloud Run': manifest(
      'apiVersion: serving.knative.dev/v1\nkind: Service\nspec:\n  template:\n    spec:\n      containers:\n        - { name: a, image: a }\n'
    )
  }
})
