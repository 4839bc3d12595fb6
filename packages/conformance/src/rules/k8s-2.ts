import { array, object, text } from '../repository/yaml.ts'
import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { at, objectsOf } from './lib/kubernetes.ts'

const rule: Rule = {
  id: 'K8S-2',
  level: 'SHOULD',
  title: 'Each service behind a Gateway of GKE has a HealthCheckPolicy',
  looksAt: 'Gateway, HTTPRoute and HealthCheckPolicy in manifests',
  fix: 'Add a HealthCheckPolicy for the Service, with requestPath: /__lbheartbeat__; without one, GKE asks / for a 200.',
  link: links.gateway,
  *check(facts) {
    const policies = objectsOf(facts, 'HealthCheckPolicy')
    const nameOf = (value: unknown) => text(at(value, ['metadata', 'name']))
    const gateways = objectsOf(facts, 'Gateway')
    const gke = gateways.filter(({ value }) => /^gke-/.test(text(at(value, ['spec', 'gatewayClassName']))))
    const routes = objectsOf(facts, 'HTTPRoute')
    const policyOf = (service: string) =>
      policies.find(({ value }) => text(at(value, ['spec', 'targetRef', 'name'])) === service)
    let backends = 0
    for (const route of routes) {
      for (const [ruleIndex, entry] of array(at(route.value, ['spec', 'rules'])).entries()) {
        for (const [index, ref] of array(object(entry).backendRefs).entries()) {
          const service = text(object(ref).name)
          if (service === '' || !['', 'Service'].includes(text(object(ref).kind))) continue
          backends++
          const where = {
            file: route.file,
            line: route.line(['spec', 'rules', ruleIndex, 'backendRefs', index])
          }
          const policy = policyOf(service)
          const path = text(
            at(policy?.value, ['spec', 'default', 'config', 'httpHealthCheck', 'requestPath'])
          )
          if (policy && path === '/__lbheartbeat__')
            yield pass(`The Service ${service} has a HealthCheckPolicy.`, where)
          else if (policy)
            yield fail(
              `The HealthCheckPolicy of ${service} asks ${path || '/'}: expected /__lbheartbeat__.`,
              { file: policy.file, line: policy.line(['spec', 'default', 'config']) }
            )
          else if (gateways.length > 0 && gke.length === 0)
            yield pass(`The Service ${service} is behind no Gateway of GKE.`, where)
          else if (gateways.length === 0)
            yield unknown(
              `Whether the Service ${service} is behind a Gateway of GKE can not be seen here.`,
              where
            )
          else yield fail(`The Service ${service} is behind a Gateway, and has no HealthCheckPolicy.`, where)
        }
      }
    }
    if (backends > 0) return
    for (const gateway of gke) {
      const where = { file: gateway.file, line: gateway.line(['metadata']) }
      if (policies.length > 0)
        yield pass(`A HealthCheckPolicy is there for the Gateway ${nameOf(gateway.value)}.`, where)
      else yield fail(`The Gateway ${nameOf(gateway.value)} is there without a HealthCheckPolicy.`, where)
    }
  }
}
export default rule
