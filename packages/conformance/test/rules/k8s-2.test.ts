import rule from '../../src/rules/k8s-2.ts'
import { judges, manifest } from '../judge.ts'

const gateway = (kind = 'gke-l7-global-external-managed') =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: front }\nspec:\n  gatewayClassName: ${kind}\n---\n`
const route =
  'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: shop }\nspec:\n  rules:\n    - backendRefs:\n        - { name: shop, port: 80 }\n---\n'
const policy = (path: string) =>
  `apiVersion: networking.gke.io/v1\nkind: HealthCheckPolicy\nmetadata: { name: shop }\nspec:\n  default:\n    config:\n      type: HTTP\n      httpHealthCheck: { requestPath: ${path} }\n  targetRef: { group: "", kind: Service, name: shop }\n`

judges(rule, {
  good: {
    'a policy': manifest(gateway() + route + policy('/__lbheartbeat__')),
    'a gateway of others': manifest(gateway('istio') + route),
    'a gateway without routes': manifest(gateway() + policy('/__lbheartbeat__'))
  },
  bad: {
    'no policy': [manifest(gateway() + route), /Service shop is behind a Gateway/, 13],
    'no policy at all': [manifest(gateway()), /Gateway front is there without/],
    'one that asks the heartbeat': [
      manifest(gateway() + route + policy('/__heartbeat__')),
      /asks \/__heartbeat__/
    ]
  },
  unclear: { 'no gateway': manifest('apiVersion: v1\nkind: Pod\n'), 'a route alone': manifest(route) }
})
