import rule from '../../src/rules/k8s-3.ts'
import { judges, manifest, service, together } from '../judge.ts'

const pod = (probe: string, ports = 'ports: [{ name: http, containerPort: 8000 }]') =>
  manifest(
    `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: shop\n      image: shop\n      ${ports}\n      livenessProbe: ${probe}\n`
  )

judges(rule, {
  good: {
    'a name': pod('{ httpGet: { path: /__lbheartbeat__, port: http } }'),
    'a number': pod('{ httpGet: { path: /__lbheartbeat__/, port: 8000 } }'),
    'no ports': pod('{ httpGet: { path: /__lbheartbeat__, port: 8000 } }', 'args: []'),
    tcp: pod('{ tcpSocket: { port: 8000 } }'),
    grpc: pod('{ grpc: { port: 8000 } }'),
    exec: pod('{ exec: { command: [check] } }'),
    'a service that has it': together(
      pod('{ httpGet: { path: /__lbheartbeat__, port: http } }'),
      service({ '/__lbheartbeat__': [200] })
    )
  },
  bad: {
    'a name that is not there': [
      pod('{ httpGet: { path: /__lbheartbeat__, port: web } }'),
      /asks the port web/,
      8
    ],
    'a number that is not there': [
      pod('{ httpGet: { path: /__lbheartbeat__, port: 80 } }'),
      /asks the port 80/
    ],
    'a path that is misspelt': [
      pod('{ httpGet: { path: /__lbheartbeat, port: http } }'),
      /\/__lbheartbeat__ is meant/
    ],
    'a service that lacks it': [
      together(
        pod('{ httpGet: { path: /__heartbeat__, port: http } }'),
        service({ '/__lbheartbeat__': [200] })
      ),
      /answers with 404/
    ]
  },
  unclear: { 'a path of its own': pod('{ httpGet: { path: /healthz, port: http } }') }
})
