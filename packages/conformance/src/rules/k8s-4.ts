import { object, text } from '../repository/yaml.ts'
import { fail, links, pass, type Rule } from '../rule.ts'
import { containersOf } from './lib/kubernetes.ts'

const rule: Rule = {
  id: 'K8S-4',
  level: 'SHOULD',
  title: 'Containers run as 10001, and never as root',
  looksAt: 'runAsNonRoot and runAsUser of the containers in manifests',
  fix: 'securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001 }. Kubernetes can not tell that the name app is not root.',
  link: links.podSecurity,
  *check(facts) {
    for (const { document, path, name, container, pod, line } of containersOf(facts)) {
      // Cloud Run and Knative have no such setting: the image's user is what counts there.
      if (/(?:^|\.)knative\.dev\//.test(text(object(document.value).apiVersion))) continue
      const own = object(container.securityContext)
      const shared = object(pod.securityContext)
      const nonRoot = own.runAsNonRoot ?? shared.runAsNonRoot
      const user = own.runAsUser ?? shared.runAsUser
      const where = {
        file: document.file,
        line: 'securityContext' in container ? document.line([...path, 'securityContext']) : line
      }
      if (nonRoot === true && text(user) === '10001') yield pass(`${name} runs as 10001.`, where)
      else if (nonRoot !== true) yield fail(`${name} may run as root: runAsNonRoot is not true.`, where)
      else
        yield fail(
          user === undefined
            ? `${name} has no runAsUser: expected 10001.`
            : `${name} runs as ${text(user)}: expected 10001.`,
          where
        )
    }
  }
}
export default rule
