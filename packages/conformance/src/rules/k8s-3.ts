import { array, object, text } from '../repository/yaml.ts'
import { type Facts, type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import { type Container, containersOf } from './lib/kubernetes.ts'

const ENDPOINTS = ['/__lbheartbeat__', '/__heartbeat__', '/__version__']

/** What is wrong with a probe; blank where all is right, undefined where it can't be known. */
function faultOf(
  probe: Record<string, unknown>,
  { container }: Container,
  { services }: Facts
): string | undefined {
  const http = object(probe.httpGet)
  const target =
    'httpGet' in probe
      ? http
      : 'tcpSocket' in probe
        ? object(probe.tcpSocket)
        : 'grpc' in probe
          ? object(probe.grpc)
          : undefined
  if (!target) return ''
  const ports = array(container.ports).map((port) => object(port))
  const port = text(target.port)
  const named = ports.some(({ name }) => text(name) === port)
  const numbered = ports.some(({ containerPort }) => text(containerPort) === port)
  if (port !== '' && !/^\d+$/.test(port) && !named)
    return `asks the port ${port}, which the container does not have`
  if (/^\d+$/.test(port) && ports.length > 0 && !numbered)
    return `asks the port ${port}, which the container does not have`
  if (!('httpGet' in probe)) return ''
  const path =
    text(http.path)
      .split('?')[0]
      ?.replace(/(?<=.)\/$/, '') || '/'
  const endpoint = ENDPOINTS.find((known) => path.endsWith(known))
  if (!endpoint) {
    const near = ENDPOINTS.find(
      (known) => path.replace(/[^a-z]/gi, '').toLowerCase() === known.replace(/[^a-z]/g, '')
    )
    return near ? `asks ${path}: ${near} is meant` : undefined
  }
  for (const { lbheartbeat, heartbeat, version } of services) {
    const answer = { '/__lbheartbeat__': lbheartbeat, '/__heartbeat__': heartbeat, '/__version__': version }[
      endpoint
    ]
    if (answer?.status === 404) return `asks ${path}, which the service answers with 404`
  }
  return ''
}

function* ofContainer(found: Container, facts: Facts): Generator<Finding> {
  const { container, document, path, name } = found
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (!(kind in container)) continue
    const where = { file: document.file, line: document.line([...path, kind]) }
    const fault = faultOf(object(container[kind]), found, facts)
    if (fault === undefined)
      yield unknown(`Whether ${name} has what its ${kind} asks for can not be seen here.`, where)
    else if (fault === '') yield pass(`The ${kind} of ${name} asks for what is there.`, where)
    else yield fail(`The ${kind} of ${name} ${fault}.`, where)
  }
}

const rule: Rule = {
  id: 'K8S-3',
  level: 'SHOULD',
  title: 'Ports and paths of probes exist',
  looksAt: 'probes and ports of the containers in manifests, together with a service',
  fix: "Let the probe ask the name of one of the container's ports, and /__lbheartbeat__.",
  link: links.probes,
  *check(facts) {
    for (const container of containersOf(facts)) yield* ofContainer(container, facts)
  }
}
export default rule
