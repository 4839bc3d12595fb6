import { object, text } from '../repository/yaml.ts'
import { fail, links, pass, type Rule } from '../rule.ts'
import { containersOf } from './lib/kubernetes.ts'

const rule: Rule = {
  id: 'MOD-2',
  level: 'MAY',
  title: "The container's root is read-only",
  looksAt: 'readOnlyRootFilesystem of manifests, read_only of compose files; a run (docker://… --run)',
  fix: 'securityContext: { readOnlyRootFilesystem: true }, with an emptyDir for /tmp; read_only: true in a compose file.',
  link: links.modulus,
  *check(facts) {
    for (const { document, path, name, container, line } of containersOf(facts)) {
      // Cloud Run has no such setting.
      if (/(?:^|\.)knative\.dev\//.test(text(object(document.value).apiVersion))) continue
      const context = object(container.securityContext)
      const where = {
        file: document.file,
        line: 'securityContext' in container ? document.line([...path, 'securityContext']) : line
      }
      if (context.readOnlyRootFilesystem === true) yield pass(`The root of ${name} is read-only.`, where)
      else yield fail(`The root of ${name} can be written.`, where)
    }
    for (const document of facts.repository?.compose ?? []) {
      // What goes on top of another file need not say it again.
      if (!/(?:^|\/)(?:docker-)?compose\.ya?ml$/.test(document.file)) continue
      for (const [name, service] of Object.entries(object(object(document.value).services))) {
        // Only of what is built here: servers of others need to write.
        if (!('build' in object(service)) && object(service).read_only === undefined) continue
        const where = { file: document.file, line: document.line(['services', name]) }
        if (object(service).read_only === true) yield pass(`The root of ${name} is read-only.`, where)
        else yield fail(`The root of ${name} can be written.`, where)
      }
    }
  }
}
export default rule
