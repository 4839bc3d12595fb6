import { fail, links, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

const rule: Rule = {
  id: 'X-3',
  level: 'MAY',
  title: 'SIGTERM drains the service and ends it with code 0',
  looksAt: 'STOPSIGNAL of a Dockerfile or an image; a run (docker://… --run)',
  fix: 'End the server on SIGTERM and let requests finish; use the exec form, so that no shell keeps the signal.',
  link: links.stop,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) {
      const { stopSignal, entrypoint, cmd } = dockerfile
      const where = inDockerfile(dockerfile, (entrypoint ?? cmd)?.line)
      if (stopSignal !== undefined && /^(?:SIG)?KILL$|^9$/i.test(stopSignal))
        yield fail('STOPSIGNAL is SIGKILL, which lets nothing finish.', where)
      else yield unknown('What SIGTERM does shows only when it runs.', where)
    }
    for (const image of imagesOf(facts)) {
      const { config } = image
      if (config.stopSignal !== undefined && /^(?:SIG)?KILL$|^9$/i.test(config.stopSignal))
        yield fail('The stop signal is SIGKILL, which lets nothing finish.', inConfig(image, 'StopSignal'))
    }
  }
}
export default rule
