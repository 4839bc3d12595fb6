import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes an image, as small as one can be, to `path`: an OCI archive like BuildKit's. Returns its digest. */
export function writeArchive(path: string, labels: Record<string, string> = {}): string {
  const folder = `${path}.d`
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
  const blob = (content: string | Buffer, mediaType: string) => {
    const hex = createHash('sha256').update(content).digest('hex')
    writeFileSync(join(folder, 'blobs/sha256', hex), content)
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) }
  }
  // The end of a tar file without files.
  const layer = blob(Buffer.alloc(1024), 'application/vnd.oci.image.layer.v1.tar')
  const config = blob(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: [layer.digest] }
    }),
    'application/vnd.oci.image.config.v1+json'
  )
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }
  const indexType = 'application/vnd.oci.image.index.v1+json'
  const platform = { architecture: 'amd64', os: 'linux' }
  const index = blob(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType,
      manifests: [{ ...blob(JSON.stringify(manifest), manifestType), platform }]
    }),
    indexType
  )
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }))
  const files = ['oci-layout', 'index.json', 'blobs']
  execFileSync('tar', ['--create', '--file', path, '--directory', folder, ...files])
  return index.digest
}
