import rule from '../../src/rules/app-3b.ts'
import { goodFiles, version } from '../fixtures/image.ts'
import { image, judges, service } from '../judge.ts'

const answers = (body: unknown) =>
  service({ '/__lbheartbeat__': [200], '/__version__': [200, JSON.stringify(body)] })
const members = (key: string, values: (string | null)[], message = /expected what this was built from/) =>
  Object.fromEntries(
    values.map((value) => [
      `${key} is ${value}`,
      [answers({ ...version, [key]: value }), message] as [ReturnType<typeof answers>, RegExp]
    ])
  )

judges(rule, {
  good: {
    'a true one': answers(version),
    'a blank version': answers({ ...version, version: '' }),
    'a word of a release': answers({ ...version, version: 'header-dev-tools' }),
    'missing keys': answers({ version: '1' })
  },
  bad: {
    ...members('commit', [
      'TBD',
      'stub',
      'HEAD',
      'unknown',
      'none',
      'null',
      'XXXXXXXX',
      '0000000000000000000000000000000000000000',
      '$CIRCLE_SHA1',
      '${GITHUB_SHA}',
      '<git hash>',
      null
    ]),
    ...members('version', ['dev', 'TBD', 'Unknown', '{{ version }}']),
    ...members('build', [
      '//actions/runs/',
      'https://github.com//actions/runs/',
      'https://ci.example.org/tasks/XXXXXXXXXX',
      'none'
    ]),
    'an image': [
      image({
        layers: [[...goodFiles.slice(0, -1), { name: 'app/version.json', body: '{"commit":"stub"}' }]]
      }),
      /commit is "stub"/
    ]
  },
  unclear: {
    'no JSON': service({ '/__lbheartbeat__': [200], '/__version__': [200, 'x'] }),
    'no answer': service({ '/__lbheartbeat__': [200] })
  }
})
