import { array, object, text } from '../repository/yaml.ts'
import { links, pass, type Rule } from '../rule.ts'
import { containersOf } from './lib/kubernetes.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

const STATSD = /^STATSD?_(?:HOST|PORT)$|STATSD_/

const rule: Rule = {
  id: 'L16-1',
  level: 'MAY',
  title: 'Metrics go to statsd, at STATSD_HOST and STATSD_PORT',
  looksAt: 'variables of a Dockerfile, an image, compose files and manifests',
  fix: 'Send metrics to $STATSD_HOST and $STATSD_PORT.',
  link: links.older,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) {
      const found = dockerfile.variables.find(({ name }) => STATSD.test(name))
      if (found) yield pass(`${found.name} says where metrics go.`, inDockerfile(dockerfile, found.line))
    }
    for (const image of imagesOf(facts)) {
      const { config } = image
      const name = [...config.env.keys()].find((known) => STATSD.test(known))
      if (name) yield pass(`${name} says where metrics go.`, inConfig(image, `Env/${name}`))
    }
    for (const { document, container, path, line } of containersOf(facts)) {
      const index = array(container.env).findIndex((entry) => STATSD.test(text(object(entry).name)))
      if (index >= 0)
        yield pass('A variable says where metrics go.', {
          file: document.file,
          line: document.line([...path, 'env', index]) || line
        })
    }
    for (const document of facts.repository?.compose ?? []) {
      for (const [name, service] of Object.entries(object(object(document.value).services))) {
        const { environment } = object(service)
        const names = Array.isArray(environment)
          ? environment.map((entry) => text(entry).split('=')[0] ?? '')
          : Object.keys(object(environment))
        if (names.some((known) => STATSD.test(known))) {
          yield pass(`A variable tells ${name} where metrics go.`, {
            file: document.file,
            line: document.line(['services', name, 'environment'])
          })
        }
      }
    }
  }
}
export default rule
