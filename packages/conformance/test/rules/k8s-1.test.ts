import rule from '../../src/rules/k8s-1.ts'
import { judges, manifest } from '../judge.ts'

const deployment = (probes: string, more?: Parameters<typeof manifest>[1]) =>
  manifest(
    `apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: shop\n          image: shop\n          ports: [{ name: http, containerPort: 8000 }]\n${probes}`,
    more
  )
const probe = (kind: string, path: string) =>
  `          ${kind}:\n            httpGet: { path: ${path}, port: http }\n`
const mozcloud = { mozcloud: true }

judges(rule, {
  good: {
    lbheartbeat: deployment(probe('livenessProbe', '/__lbheartbeat__')),
    'readiness asks the heartbeat': deployment(
      probe('livenessProbe', '/__lbheartbeat__') + probe('readinessProbe', '/__heartbeat__')
    ),
    'both the same, as the platform has it': deployment(
      probe('livenessProbe', '/__lbheartbeat__') + probe('readinessProbe', '/__lbheartbeat__'),
      mozcloud
    ),
    'no probe': deployment('')
  },
  bad: {
    heartbeat: [deployment(probe('livenessProbe', '/__heartbeat__')), /asks \/__heartbeat__/, 10],
    'under a prefix': [
      deployment(probe('livenessProbe', '/v1/__heartbeat__?full=1')),
      /asks \/__heartbeat__/
    ],
    'by a command': [
      deployment(
        '          livenessProbe:\n            exec: { command: [curl, "http://localhost:8000/__heartbeat__"] }\n'
      ),
      /asks \/__heartbeat__/
    ],
    'in a list': [
      manifest(
        'apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Pod\n    spec:\n      containers:\n        - name: a\n          image: a\n          livenessProbe: { httpGet: { path: /__heartbeat__, port: 8000 } }\n'
      ),
      /asks \/__heartbeat__/,
      10
    ],
    'readiness on the platform': [
      deployment(
        probe('livenessProbe', '/__lbheartbeat__') + probe('readinessProbe', '/__heartbeat__'),
        mozcloud
      ),
      /readiness probe of shop/,
      12
    ]
  },
  unclear: {
    'no manifest': manifest('a: 1\n'),
    'a job': manifest(
      'apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - { name: a, image: a }\n'
    ),
    'a part of a manifest':
      deployment('').constructor === Function
        ? manifest(
            'apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n        - name: shop\n          livenessProbe: { httpGet: { path: /__heartbeat__ } }\n'
          )
        : deployment(''),
    'a template of Helm': manifest('apiVersion: v1\nkind: Pod\n{{- if .Values.a }}\nspec: {}\n{{- end }}\n')
  }
})
