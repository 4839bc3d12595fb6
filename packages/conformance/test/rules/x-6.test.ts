import rule from '../../src/rules/x-6.ts'
import { image, index, judges } from '../judge.ts'

judges(rule, {
  good: {
    both: index([{}, { architecture: 'arm64' }], { attest: true }),
    'an index within': index([{}], { attest: true, nested: true })
  },
  bad: {
    'of another image': [
      index([{}], { attest: true }, (files) => {
        const { manifests } = JSON.parse(String(files.get('index.json')))
        manifests[1].annotations['vnd.docker.reference.digest'] = `sha256:${'0'.repeat(64)}`
        files.set('index.json', Buffer.from(JSON.stringify({ manifests })))
      }),
      /no SBOM and no provenance/
    ]
  },
  unclear: { none: index([{}]), 'docker save': image() }
})
