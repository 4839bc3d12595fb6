import { object } from '../repository/yaml.ts'
import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

const INIT =
  /(?:^|[\s/])(?:tini(?:-static)?|dumb-init|catatonit|my_init|s6-svscan|s6-overlay|docker-init|pid1|init)(?=$|\s)/

const rule: Rule = {
  id: 'MOD-1',
  level: 'MAY',
  title: 'Process 1 reaps zombies',
  looksAt: 'ENTRYPOINT of a Dockerfile or an image; init of a compose file',
  fix: 'Start with an init: ENTRYPOINT ["tini", "--"].',
  link: links.modulus,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) {
      const { entrypoint, cmd } = dockerfile
      const words = [
        ...(entrypoint?.exec ?? [entrypoint?.text ?? '']),
        ...(entrypoint ? [] : (cmd?.exec ?? [cmd?.text ?? '']))
      ]
      const where = inDockerfile(dockerfile, (entrypoint ?? cmd)?.line)
      if (INIT.test(words.join(' '))) yield pass('An init is process 1.', where)
      else if (/\.sh$|entrypoint/.test(words.join(' ').split(' ')[0] ?? ''))
        yield unknown('A script is process 1: whether it becomes an init can not be seen here.', where)
      else if (entrypoint || cmd)
        yield fail('The service itself is process 1: nothing reaps its zombies.', where)
    }
    for (const image of imagesOf(facts)) {
      const { config } = image
      const words = config.entrypoint.length > 0 ? config.entrypoint : config.cmd
      if (INIT.test(words.join(' '))) yield pass('An init is process 1.', inConfig(image, 'Entrypoint'))
      else if (/\.sh$|entrypoint/.test(words[0] ?? ''))
        yield unknown(
          'A script is process 1: whether it becomes an init can not be seen here.',
          inConfig(image, 'Entrypoint')
        )
      else
        yield fail(
          'The service itself is process 1: nothing reaps its zombies.',
          inConfig(image, 'Entrypoint')
        )
    }
    for (const document of facts.repository?.compose ?? []) {
      for (const [name, service] of Object.entries(object(object(document.value).services))) {
        if (object(service).init === true)
          yield pass(`Compose gives ${name} an init.`, {
            file: document.file,
            line: document.line(['services', name, 'init'])
          })
      }
    }
  }
}
export default rule
