import rule from '../../src/rules/app-3.ts'
import { goodFiles } from '../fixtures/image.ts'
import { dockerfile, image, judges, repository } from '../judge.ts'

judges(rule, {
  good: {
    'COPY of the file': dockerfile('FROM node:24\nCOPY version.json /app/version.json\n'),
    'COPY to the folder': dockerfile('FROM node:24\nWORKDIR /app\nCOPY package.json version.json ./\n'),
    'from another stage': dockerfile(
      'FROM node:24 AS v\nFROM node:24-slim\nCOPY --from=v /out/version.json /app/version.json\n'
    ),
    RUN: dockerfile(
      'FROM node:24\nWORKDIR /app\nARG SHA\nRUN echo "{\\"commit\\":\\"$SHA\\"}" > version.json\n'
    ),
    'a command': dockerfile('FROM node:24\nRUN npx dockerflow version --output=/app/version.json\n'),
    'a repository that has it': repository({
      Dockerfile: 'FROM node:24\nCOPY . /app\n',
      'version.json': '{}'
    }),
    'an image': image(),
    'a link in an image': image({
      layers: [
        [
          ...goodFiles.slice(0, -1),
          { name: 'srv/version.json', body: '{}' },
          { name: 'app/version.json', type: '2', link: '../srv/version.json' }
        ]
      ]
    })
  },
  bad: {
    nothing: [dockerfile('FROM node:24\nCOPY server.js /app/\n'), /Nothing brings/],
    elsewhere: [
      dockerfile('FROM node:24\nCOPY version.json /srv/\nCOPY a /app/\n'),
      /copied to \/srv\/: expected/,
      2
    ],
    '.dockerignore': [
      repository({ Dockerfile: 'FROM node:24\nCOPY . /app\n', '.dockerignore': '*.json\n' }),
      /keeps version\.json out/
    ],
    '.dockerignore of a COPY by name': [
      repository({
        Dockerfile: 'FROM node:24\nCOPY version.json /app/\n',
        '.dockerignore': 'version.json\n'
      }),
      /keeps version\.json out/,
      2
    ],
    'an image without': [image({ layers: [goodFiles.slice(0, -1)] }), /version\.json is missing/],
    'an image that deletes it': [
      image({ layers: [goodFiles, [{ name: 'app/.wh.version.json' }]] }),
      /version\.json is missing/
    ],
    'an opaque folder': [
      image({ layers: [goodFiles, [{ name: 'app/.wh..wh..opq' }]] }),
      /version\.json is missing/
    ],
    'a link to nothing': [
      image({ layers: [[{ name: 'app/version.json', type: '2', link: '/gone' }]] }),
      /leads to nothing/
    ]
  },
  unclear: {
    'the context': dockerfile('FROM node:24\nCOPY . /app\n'),
    'a tree of another stage': dockerfile('FROM node:24 AS b\nFROM node:24-slim\nCOPY --from=b /app /app\n'),
    'an unknown base': dockerfile('FROM example/base\n')
  }
})
