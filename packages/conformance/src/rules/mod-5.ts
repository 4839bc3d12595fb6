import { links, pass, type Rule } from '../rule.ts'
import { imagesOf, inConfig, inDockerfile } from './lib/places.ts'

// A folder that notifications are written to, as the standard has it, or a variable that names one.
const VARIABLE = /NOTIFICATION/

const rule: Rule = {
  id: 'MOD-5',
  level: 'MAY',
  title: 'A crash, and memory that runs out, leave a notification for the platform',
  looksAt: 'a variable that names the folder of notifications, such as NOTIFICATIONS_DIR',
  fix: 'Write a JSON file for each crash to a folder that the platform mounts, such as /mnt/notifications.',
  link: links.modulus,
  *check(facts) {
    for (const dockerfile of facts.dockerfiles) {
      const found = dockerfile.variables.find(
        ({ name, value }) => VARIABLE.test(name) || value === '/mnt/notifications'
      )
      if (found)
        yield pass(`${found.name} says where notifications go.`, inDockerfile(dockerfile, found.line))
    }
    for (const image of imagesOf(facts)) {
      const { config } = image
      const found = [...config.env].find(
        ([name, value]) => VARIABLE.test(name) || value === '/mnt/notifications'
      )
      if (found) yield pass(`${found[0]} says where notifications go.`, inConfig(image, `Env/${found[0]}`))
    }
  }
}
export default rule
