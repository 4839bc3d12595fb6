import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'

/** An object of Kubernetes, as its manifest says it. */
export interface Manifest {
  apiVersion: string
  kind: string
  // biome-ignore lint/suspicious/noExplicitAny: as below
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: any }
  // biome-ignore lint/suspicious/noExplicitAny: of many kinds; each is validated against its own schema
  [member: string]: any
}

/** The objects in a file of manifests. */
export const parseManifests = (source: string): Manifest[] =>
  parseAllDocuments(source).map((document) => document.toJS())

/** What kustomize itself makes of a folder. */
export async function render(folder: string): Promise<Manifest[]> {
  const { stdout } = await promisify(execFile)('kustomize', ['build', folder])
  return parseManifests(stdout)
}

/** Packages with schemas that aren't Kubernetes' own, by the end of their group's name. */
const packages: Record<string, string> = {
  'knative.dev': '@kubernetes-models/knative',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'gke.io': '@kubernetes-models/gke',
  'cloud.google.com': '@kubernetes-models/gke'
}

/** The package that has a manifest's schema. */
const packageOf = ({ apiVersion }: Manifest) =>
  packages[Object.keys(packages).find((group) => apiVersion.split('/')[0]?.endsWith(group)) ?? ''] ??
  'kubernetes-models'

/** Rejects with what Kubernetes' schema refuses of it. Members that it does not know are let by: see `toTypeScript`. */
export async function validate(manifest: Manifest): Promise<void> {
  const { apiVersion, kind } = manifest
  const { [kind]: Model } = await import(`${packageOf(manifest)}/${apiVersion}/${kind}`)
  new Model(manifest).validate()
}

/**
 * A module that has each manifest as a literal of its own type. The compiler refuses what the schema lets by: a
 * member that there is none of, such as `readinesProbe`.
 */
export function toTypeScript(manifests: Manifest[]): string {
  const lines = manifests.map((manifest, index) => {
    const type = `import('${packageOf(manifest)}/${manifest.apiVersion}/${manifest.kind}').I${manifest.kind}`
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest, null, 2)}\n`
  })
  return lines.join('\n')
}
