import { array, object, text } from '../repository/yaml.ts'
import { fail, links, pass, type Rule } from '../rule.ts'
import { containersOf } from './lib/kubernetes.ts'

const rule: Rule = {
  id: 'X-4',
  level: 'MAY',
  title: 'The service runs without capabilities, on a read-only root, as any uid',
  looksAt: 'securityContext of the containers in manifests; a run (docker://… --run)',
  fix: 'securityContext: { capabilities: { drop: [ALL] }, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true }.',
  link: links.runtime,
  *check(facts) {
    for (const { document, path, name, container, line } of containersOf(facts)) {
      if (/(?:^|\.)knative\.dev\//.test(text(object(document.value).apiVersion))) continue
      const { capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem, privileged } = object(
        container.securityContext
      )
      const dropped = array(object(capabilities).drop).some((item) => text(item).toUpperCase() === 'ALL')
      const where = {
        file: document.file,
        line: 'securityContext' in container ? document.line([...path, 'securityContext']) : line
      }
      const faults = [
        privileged === true ? 'it is privileged' : '',
        dropped ? '' : 'capabilities are not dropped',
        allowPrivilegeEscalation === false ? '' : 'privileges may be gained',
        readOnlyRootFilesystem === true ? '' : 'the root can be written'
      ].filter(Boolean)
      if (faults.length === 0) yield pass(`${name} has no capabilities, and a read-only root.`, where)
      else yield fail(`Of ${name}, ${faults.join(', ')}.`, where)
    }
  }
}
export default rule
