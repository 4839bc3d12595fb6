import rule from '../../src/rules/app-3b.ts'
import { goodFiles, version } from '../fixtures/image.ts'
import { dockerfile, image, judges, service } from '../judge.ts'

const answers = (body: unknown) =>
  service({ '/__lbheartbeat__': [200], '/__version__': [200, JSON.stringify(body)] })
const members = (key: string, values: (string | null)[], message = /expected what this was built from/) =>
  Object.fromEntries(
    values.map((value) => [
      `${key} is ${value}`,
      [answers({ ...version, [key]: value }), message] as [ReturnType<typeof answers>, RegExp]
    ])
  )

const app = (text: string) => dockerfile(`FROM node:24-slim\nARG COMMIT=unknown\nWORKDIR /app\n${text}\n`)
const stub = '{"source":"https://a.example","version":"","commit":"stub","build":"TBD"}'

judges(rule, {
  good: {
    'a RUN that writes true ones': app(`RUN echo '${JSON.stringify(version)}' > version.json`),
    'a placeholder that a later one replaces': app(
      `RUN echo '${stub}' > version.json\nRUN echo '${JSON.stringify(version)}' > version.json`
    ),
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
    echo: [app(`RUN echo '${stub}' > /app/version.json`), /commit is "stub"; build is "TBD"/, 4],
    'echo with quotes': [app(`RUN echo "${stub.replace(/"/g, '\\"')}" >version.json`), /commit is "stub"/],
    printf: [
      app(
        `RUN printf '{"commit":"%s","version":"%s","source":"","build":"TBD"}\\n' "$COMMIT" 1 > version.json`
      ),
      /build is "TBD"/
    ],
    'a here-document of RUN': [app(`RUN cat <<EOF > /app/version.json\n${stub}\nEOF`), /commit is "stub"/],
    'a here-document of COPY': [app(`COPY <<EOF /app/version.json\n${stub}\nEOF`), /commit is "stub"/],
    'several lines': [
      app('RUN echo \'{"commit":"HEAD",\' > version.json && echo \'"version":"1"}\' >> version.json'),
      /commit is "HEAD"/
    ],
    'an image': [
      image({
        layers: [[...goodFiles.slice(0, -1), { name: 'app/version.json', body: '{"commit":"stub"}' }]]
      }),
      /commit is "stub"/
    ]
  },
  unclear: {
    'what an argument fills in': app('RUN echo "{\\"commit\\":\\"$COMMIT\\"}" > version.json'),
    'a placeholder where there is none': app(`RUN [ -f version.json ] || echo '${stub}' > version.json`),
    'what a program writes': app('RUN node write-version.js > version.json'),
    'a file elsewhere': app(`RUN echo '${stub}' > /srv/version.json`),
    'a here-document with variables': app('COPY <<EOF version.json\n{"commit":"$COMMIT"}\nEOF'),
    'no JSON': service({ '/__lbheartbeat__': [200], '/__version__': [200, 'x'] }),
    'no answer': service({ '/__lbheartbeat__': [200] })
  }
})
