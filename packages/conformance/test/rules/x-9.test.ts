import rule from '../../src/rules/x-9.ts'
import { index, judges } from '../judge.ts'

const remove = (pattern: RegExp) => (files: Map<string, Buffer>) => {
  const { manifests } = JSON.parse(String(files.get('index.json')))
  const manifest = JSON.parse(String(files.get(`blobs/${manifests[1].digest.replace(':', '/')}`)))
  const digest = pattern.test('layer')
    ? manifest.layers[0].digest
    : pattern.test('config')
      ? manifest.config.digest
      : manifests[1].digest
  files.delete(`blobs/${digest.replace(':', '/')}`)
}
const two = [{}, { architecture: 'arm64', layers: [[{ name: 'app/b', body: 'b' }]] }]

judges(rule, {
  good: { complete: index(two) },
  bad: {
    'a layer is missing': [
      index(two, {}, remove(/layer/)),
      /linux\/arm64 is not complete: the layer \w+ is missing/
    ],
    'a configuration is missing': [index(two, {}, remove(/config/)), /the configuration \w+ is missing/],
    'a manifest is missing': [index(two, {}, remove(/manifest/)), /the manifest \w+ is missing/],
    'a layer is cut off': [
      index(two, {}, (files) => {
        const { manifests } = JSON.parse(String(files.get('index.json')))
        const { layers } = JSON.parse(String(files.get(`blobs/${manifests[1].digest.replace(':', '/')}`)))
        const path = `blobs/${layers[0].digest.replace(':', '/')}`
        files.set(path, (files.get(path) as Buffer).subarray(0, 20))
      }),
      /has 20 bytes, not/
    ],
    'a manifest is another': [
      index(two, {}, (files) => {
        const { manifests } = JSON.parse(String(files.get('index.json')))
        const path = `blobs/${manifests[1].digest.replace(':', '/')}`
        files.set(
          path,
          Buffer.from(String(files.get(path)).replace('"schemaVersion":2', '"schemaVersion":3'))
        )
      }),
      /has another digest/
    ]
  }
})
