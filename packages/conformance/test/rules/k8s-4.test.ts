import rule from '../../src/rules/k8s-4.ts'
import { judges, manifest } from '../judge.ts'

const pod = (shared: string, own = '') =>
  manifest(
    `apiVersion: v1\nkind: Pod\nspec:\n  ${shared}\n  containers:\n    - name: shop\n      image: shop\n${own}`
  )

judges(rule, {
  good: {
    'of the pod': pod('securityContext: { runAsNonRoot: true, runAsUser: 10001 }'),
    'of the container': pod(
      'dnsPolicy: Default',
      '      securityContext: { runAsNonRoot: true, runAsUser: 10001 }\n'
    )
  },
  bad: {
    nothing: [pod('dnsPolicy: Default'), /may run as root/, 6],
    'no number': [pod('securityContext: { runAsNonRoot: true }'), /no runAsUser/],
    another: [pod('securityContext: { runAsNonRoot: true, runAsUser: 1000 }'), /runs as 1000/]
  },
  unclear: {
    'Cloud Run': manifest(
      'apiVersion: serving.knative.dev/v1\nkind: Service\nspec:\n  template:\n    spec:\n      containers:\n        - { name: a, image: a }\n'
    )
  }
})
