import rule from '../../src/rules/ci-6.ts'
import { goodFiles } from '../fixtures/image.ts'
import { dockerfile, image, judges, repository } from '../judge.ts'

const workflow = (text: string) => repository({ '.github/workflows/ci.yml': text })
const step = (text: string, on = 'push') => workflow(`on: ${on}\njobs:\n  a:\n    steps:\n      - ${text}\n`)
const TOKEN = `ghp_${'a'.repeat(36)}`

judges(rule, {
  good: {
    'nothing secret': dockerfile(
      'FROM node:24\nARG COMMIT=""\nENV PORT=8000 TOKEN_URL=https://example.org/token SECRET_KEY_FILE=/run/secrets/key PASSWORD=""\n'
    ),
    'a secret of a stage that is not shipped': dockerfile(
      'FROM node:24 AS build\nARG NPM_TOKEN\nFROM node:24-slim\n'
    ),
    'a mounted secret': dockerfile('FROM node:24\nRUN --mount=type=secret,id=npmrc npm ci\n'),
    'a default password of a test': dockerfile(
      'FROM node:24\nENV DATABASE_URL=postgres://postgres:postgres@db/shop\n'
    ),
    'an image': image({ history: ['RUN |1 COMMIT=abc /bin/sh -c make'] }),
    'a workflow': step(
      'run: echo "$T" | docker login --password-stdin\n        env: { T: "${{ secrets.T }}" }'
    ),
    'a secret that goes to a file': step('run: echo "${{ secrets.T }}" >> "$GITHUB_ENV"')
  },
  bad: {
    ARG: [dockerfile('FROM node:24\nARG NPM_TOKEN\n'), /ARG NPM_TOKEN holds a secret/, 2],
    ENV: [dockerfile('FROM node:24\nENV API_KEY=abc\n'), /ENV API_KEY/, 2],
    'the old form of ENV': [dockerfile('FROM node:24\nENV DB_PASSWORD hunter2\n'), /ENV DB_PASSWORD/],
    'an inherited ENV': [dockerfile('FROM node:24 AS a\nENV SECRET_KEY=abc\nFROM a\n'), /ENV SECRET_KEY/, 2],
    'a token by its form': [dockerfile(`FROM node:24\nENV A=${TOKEN}\n`), /ENV A holds/],
    'a password in a URL': [
      dockerfile('FROM node:24\nENV DATABASE_URL=postgres://shop:s3cr3t@db/shop\n'),
      /ENV DATABASE_URL/
    ],
    'a token in a RUN': [
      dockerfile(`FROM node:24\nRUN curl -H "authorization: ${TOKEN}" https://example.org\n`),
      /written in a RUN/,
      2
    ],
    'a file': [dockerfile('FROM node:24\nCOPY id_rsa /root/.ssh/\n'), /id_rsa holds a secret/],
    'the variable of an image': [image({ config: { Env: ['API_TOKEN=a'] } }), /variable API_TOKEN/],
    'the history of an image': [
      image({ history: ['RUN |1 NPM_TOKEN=abc /bin/sh -c npm ci'] }),
      /value of NPM_TOKEN/
    ],
    'a token in the history': [image({ history: [`RUN curl ${TOKEN}`] }), /history holds a secret/],
    'a file that a later layer deletes': [
      image({ layers: [[{ name: 'root/.netrc', body: 'x' }], [...goodFiles, { name: 'root/.wh..netrc' }]] }),
      /layer holds \.netrc/
    ],
    'a token in .npmrc': [
      image({ layers: [[{ name: 'app/.npmrc', body: '//r/:_authToken=abc\n' }]] }),
      /secret in \.npmrc/
    ],
    'a private key': [
      image({ layers: [[{ name: 'app/tls.key', body: '-----BEGIN PRIVATE KEY-----\n' }]] }),
      /secret in tls\.key/
    ],
    'a log in to a registry': [
      image({ layers: [[{ name: 'root/.docker/config.json', body: '{"auths":{"r":{"auth":"YQ=="}}}' }]] }),
      /secret in config\.json/
    ],
    'a workflow that prints one': [step('run: echo ${{ secrets.T }}'), /prints a secret/, 5],
    'a workflow that hands one to a build': [
      step('run: docker build --build-arg T=${{ secrets.T }} .'),
      /as an ARG/
    ],
    'the same by a variable': [
      step('run: docker build --build-arg T=$T .\n        env: { T: "${{ secrets.T }}" }'),
      /as an ARG/
    ],
    'the same by the action': [
      step(
        'uses: docker/build-push-action@v6\n        with:\n          build-args: |\n            T=${{ secrets.T }}'
      ),
      /as an ARG/
    ],
    'a token in a workflow': [step(`run: curl ${TOKEN}`), /written in it/],
    "the code of forks with the repository's secrets": [
      step(
        'uses: actions/checkout@v5\n        with: { ref: "${{ github.event.pull_request.head.sha }}" }',
        'pull_request_target'
      ),
      /pull_request_target/,
      5
    ]
  }
})
