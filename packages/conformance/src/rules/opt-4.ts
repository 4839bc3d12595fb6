import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'
import { startOf } from './lib/start.ts'

const number = (port: string) => port.replace(/\/(?:tcp|udp)$/, '')

const rule: Rule = {
  id: 'OPT-4',
  level: 'SHOULD',
  title: 'The service listens on port 8000',
  looksAt: 'ENV PORT, EXPOSE and the command line of a Dockerfile or an image',
  fix: 'ENV PORT=8000 and EXPOSE 8000.',
  link: links.optional,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) {
      const port = dockerfile.env.get('PORT')
      const start = startOf(dockerfile.entrypoint, dockerfile.cmd)
      const said = start?.listens?.port
      const ports = dockerfile.exposed.filter(({ port }) => /^\d+(?:\/tcp)?$/.test(port))
      const last = ports.at(-1)
      const exposed =
        ports.find(({ port }) => number(port) === '8000') ?? ports.find(({ line }) => line === last?.line)
      // A port that is set decides before one that is only declared.
      const [value, line] =
        said && said !== '$PORT'
          ? [said, start?.line]
          : port
            ? [port.value, port.line]
            : exposed
              ? [number(exposed.port), exposed.line]
              : []
      if (value === undefined || !/^\d+$/.test(value))
        yield unknown(
          'Which port the service listens on can not be seen here.',
          inDockerfile(dockerfile, line)
        )
      else if (value === '8000') yield pass('The port is 8000.', inDockerfile(dockerfile, line))
      else yield fail(`The port is ${value}: expected 8000.`, inDockerfile(dockerfile, line))
    }
    for (const image of imagesOf(facts)) {
      const { config } = image
      const port = config.env.get('PORT')
      const exposed = config.exposed.map(number)
      const value = port ?? (exposed.includes('8000') ? '8000' : exposed[0])
      const where = inConfig(image, port === undefined ? 'ExposedPorts' : 'Env/PORT')
      if (value === undefined) yield unknown('Which port the service listens on can not be seen here.', where)
      else if (value === '8000') yield pass('The port is 8000.', where)
      else yield fail(`The port is ${value}: expected 8000.`, where)
    }
  }
}
export default rule
