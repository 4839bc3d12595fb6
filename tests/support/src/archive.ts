import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes an image, as small as one can be, to `path`: an OCI archive like BuildKit's, with an attestation of each
 * platform. Returns its digest.
 */
export function writeArchive(
  path: string,
  labels: Record<string, string> = {},
  architectures = ['amd64']
): string {
  const folder = `${path}.d`
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
  const blob = (content: string | Buffer, mediaType: string) => {
    const hex = createHash('sha256').update(content).digest('hex')
    writeFileSync(join(folder, 'blobs/sha256', hex), content)
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) }
  }
  // The end of a tar file without files.
  const layer = blob(Buffer.alloc(1024), 'application/vnd.oci.image.layer.v1.tar')
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = (architecture: string, os: string) => {
    const image = {
      architecture,
      os,
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: [layer.digest] }
    }
    const config = blob(JSON.stringify(image), 'application/vnd.oci.image.config.v1+json')
    const content = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }
    return { ...blob(JSON.stringify(content), manifestType), platform: { architecture, os } }
  }
  const manifests = [
    ...architectures.map((architecture) => manifest(architecture, 'linux')),
    ...architectures.map(() => manifest('unknown', 'unknown'))
  ]
  const indexType = 'application/vnd.oci.image.index.v1+json'
  const index = blob(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }), indexType)
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }))
  const files = ['oci-layout', 'index.json', 'blobs']
  execFileSync('tar', ['--create', '--file', path, '--directory', folder, ...files])
  return index.digest
}
