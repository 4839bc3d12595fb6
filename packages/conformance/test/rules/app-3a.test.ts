import rule from '../../src/rules/app-3a.ts'
import { goodFiles, version } from '../fixtures/image.ts'
import { image, judges, repository, service } from '../judge.ts'

const answers = (body: unknown, headers = {}) =>
  service({
    '/__lbheartbeat__': [200],
    '/__version__': [200, typeof body === 'string' ? body : JSON.stringify(body), headers]
  })
const file = (body: unknown) =>
  image({
    layers: [
      [
        ...goodFiles.slice(0, -1),
        { name: 'app/version.json', body: typeof body === 'string' ? body : JSON.stringify(body) }
      ]
    ]
  })
const Dockerfile = 'FROM node:24\nCOPY . /app\n'

judges(rule, {
  good: {
    'the four keys': answers(version),
    'a fifth key': answers({ ...version, image_tag: 'sha-1' }),
    'a blank version': answers({ ...version, version: '' }),
    'without a content type': answers(version),
    'under a prefix': service(
      { '/v1/__lbheartbeat__': [200], '/v1/__version__': [200, JSON.stringify(version)] },
      { prefix: '/v1' }
    ),
    'an image': file(version)
  },
  bad: {
    'version alone': [answers({ version: '1' }), /source is missing; commit is missing; build is missing/],
    'an empty object': [answers({}), /source is missing/],
    null: [answers({ source: null, version: null, commit: null, build: null }), /source is null/],
    'a build number': [answers({ ...version, build: 17 }), /build is a number, expected a string/],
    'a build number as text': [answers({ ...version, build: '17' }), /expected an http\(s\) URL/],
    'a hollow URL': [answers({ ...version, build: '//actions/runs/' }), /build is "\/\/actions\/runs\/"/],
    'a short commit': [answers({ ...version, commit: '8f1c5ff' }), /expected 40 hex digits/],
    'git describe': [answers({ ...version, commit: 'v1.2.3-4-g8f1c5ff' }), /expected 40 hex digits/],
    'no JSON': [answers('<html>'), /is not JSON/],
    'an empty answer': [answers(''), /is empty/],
    'an array': [answers([]), /not a JSON object/],
    'an image': [file('{}'), /source is missing/],
    'a file of a repository': [
      repository({
        Dockerfile,
        'version.json': '{\n  "source": "",\n  "version": "1",\n  "commit": "a",\n  "build": ""\n}'
      }),
      /source is blank/,
      2
    ]
  },
  unclear: {
    '404': service({ '/__lbheartbeat__': [200] }),
    'a file that CI writes': repository({
      Dockerfile,
      'version.json': '{}',
      '.github/workflows/ci.yml': 'on: push\njobs:\n  b:\n    steps:\n      - run: echo > version.json\n'
    }),
    'a file that an action may write': repository({
      Dockerfile,
      'version.json': '{}',
      '.github/workflows/ci.yml':
        'on: push\njobs:\n  b:\n    uses: example/deploy/.github/workflows/build-and-push.yml@v1\n'
    })
  }
})
