import { array, object, text, type YamlDocument } from '../../repository/yaml.ts'
import type { Facts } from '../../rule.ts'

/** A container of a workload, as a manifest has it. */
export interface Container {
  document: YamlDocument
  path: (string | number)[]
  name: string
  container: Record<string, unknown>
  pod: Record<string, unknown>
  line: number
}

const POD_PATHS: Record<string, string[]> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Rollout: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  // Knative's and Cloud Run's; that of Kubernetes' own has no template.
  Service: ['spec', 'template', 'spec']
}

export function at(value: unknown, path: (string | number)[]): unknown {
  let found = value
  for (const key of path) found = Array.isArray(found) ? found[Number(key)] : object(found)[String(key)]
  return found
}

/** All containers that manifests run. What has no image is part of another manifest, and left out. */
export function* containersOf({ repository }: Facts): Generator<Container> {
  for (const document of repository?.manifests ?? []) {
    const kind = text(object(document.value).kind)
    const podPath = Object.hasOwn(POD_PATHS, kind) ? POD_PATHS[kind] : undefined
    if (!podPath) continue
    const pod = object(at(document.value, podPath))
    for (const [index, value] of array(pod.containers).entries()) {
      const container = object(value)
      if (text(container.image) === '') continue
      const path = [...podPath, 'containers', index]
      yield { document, path, name: text(container.name), container, pod, line: document.line(path) }
    }
  }
}

/** Whether a container serves requests: it has a port or a probe. */
export const isServing = ({ container }: Container) =>
  array(container.ports).length > 0 ||
  ['livenessProbe', 'readinessProbe', 'startupProbe'].some((probe) => probe in container)

/** Objects of a kind. */
export const objectsOf = ({ repository }: Facts, kind: string): YamlDocument[] =>
  (repository?.manifests ?? []).filter(({ value }) => text(object(value).kind) === kind)
