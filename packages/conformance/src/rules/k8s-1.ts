import { array, object, text } from '../repository/yaml.ts'
import { fail, links, pass, type Rule } from '../rule.ts'
import { containersOf, isServing } from './lib/kubernetes.ts'

const asksHeartbeat = (probe: unknown) => {
  const { httpGet, exec } = object(probe)
  const command = array(object(exec).command).map(text).join(' ')
  return /(?:^|\/)__heartbeat__/.test(`${text(object(httpGet).path)} ${command}`)
}

const rule: Rule = {
  id: 'K8S-1',
  level: 'SHOULD',
  title: 'No liveness probe asks /__heartbeat__',
  looksAt: 'livenessProbe of the containers in manifests; with the profile mozcloud, readinessProbe too',
  fix: 'Let livenessProbe ask /__lbheartbeat__: a database that is down is no reason to restart the service.',
  link: links.probes,
  *check(facts) {
    for (const found of containersOf(facts)) {
      const { document, path, name, container, line } = found
      if (!isServing(found)) continue
      const { livenessProbe, readinessProbe } = container
      const at = (probe: string) => ({
        file: document.file,
        line: probe in container ? document.line([...path, probe]) : line
      })
      if (asksHeartbeat(livenessProbe)) {
        yield fail(
          `The liveness probe of ${name} asks /__heartbeat__: when a backing service is down, all containers are restarted.`,
          at('livenessProbe')
        )
      } else if (
        facts.mozcloud &&
        text(object(object(readinessProbe).httpGet).path).split('?')[0] !== '/__lbheartbeat__'
      ) {
        yield fail(
          `The readiness probe of ${name} does not ask /__lbheartbeat__.`,
          at('readinessProbe'),
          'Let readinessProbe ask /__lbheartbeat__.'
        )
      } else yield pass(`The liveness probe of ${name} does not ask /__heartbeat__.`, at('livenessProbe'))
    }
  }
}
export default rule
