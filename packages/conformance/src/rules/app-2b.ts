import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'
import { startOf } from './lib/start.ts'

const LOOPBACK = /^(?:127(?:\.\d+){3}|localhost|::1|\[::1\])$/
const ANY = /^(?:0\.0\.0\.0|::|\[::\]|\*|)$/

const rule: Rule = {
  id: 'APP-2b',
  level: 'MUST',
  title: 'The service does not listen on loopback alone',
  looksAt: 'the command line and the variable HOST of a Dockerfile or an image; a run (docker://… --run)',
  fix: 'Bind to 0.0.0.0: a container can not be reached on its own loopback.',
  link: links.app,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) {
      const start = startOf(dockerfile.entrypoint, dockerfile.cmd)
      const host =
        dockerfile.env.get('HOST') ?? dockerfile.env.get('BIND_HOST') ?? dockerfile.env.get('HOSTNAME')
      const address = start?.listens?.address
      if (address !== undefined && LOOPBACK.test(address))
        yield fail(
          `The command line says ${address}: expected 0.0.0.0.`,
          inDockerfile(dockerfile, start?.line)
        )
      else if (host && LOOPBACK.test(host.value))
        yield fail(`HOST is ${host.value}: expected 0.0.0.0.`, inDockerfile(dockerfile, host.line))
      else if (address !== undefined && ANY.test(address))
        yield pass('The command line binds to all addresses.', inDockerfile(dockerfile, start?.line))
      else
        yield unknown(
          'Which address the service binds to can not be seen here.',
          inDockerfile(dockerfile, start?.line)
        )
    }
    for (const { config } of imagesOf(facts)) {
      const start = startOf(
        { line: 1, exec: config.entrypoint, text: '' },
        { line: 1, exec: config.cmd, text: '' }
      )
      const address = start?.listens?.address
      const host = config.env.get('HOST') ?? ''
      if (address !== undefined && LOOPBACK.test(address))
        yield fail(`The command line says ${address}: expected 0.0.0.0.`, inConfig('Cmd'))
      else if (LOOPBACK.test(host)) yield fail(`HOST is ${host}: expected 0.0.0.0.`, inConfig('Env/HOST'))
      else if (address !== undefined && ANY.test(address))
        yield pass('The command line binds to all addresses.', inConfig('Cmd'))
      else yield unknown('Which address the service binds to can not be seen here.', inConfig('Cmd'))
    }
  }
}
export default rule
