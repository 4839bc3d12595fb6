import rule from '../../src/rules/ci-1.ts'
import { judges, repository } from '../judge.ts'

const build = (on: string) =>
  `on: ${on}\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5\n      - run: docker build .\n`
const workflow = (text: string, more: Record<string, string> = {}) =>
  repository({ '.github/workflows/ci.yml': text, ...more })
const circle = (filters: string) =>
  repository({
    '.circleci/config.yml': `version: 2.1\njobs:\n  build:\n    docker: [{ image: cimg/base }]\n    steps:\n      - run: docker build .\nworkflows:\n  all:\n    jobs:\n      - build${filters}\n`
  })

judges(rule, {
  good: {
    'docker build': workflow(build('[push, pull_request]')),
    'events as an object': workflow(build('\n  push: { branches: [main] }\n  pull_request:')),
    'the action of Docker': workflow(
      build('[pull_request, merge_group]').replace('run: docker build .', 'uses: docker/build-push-action@v6')
    ),
    'a target of make': workflow(build('[push, pull_request]').replace('docker build .', 'make image'), {
      Makefile: 'image: deps ## builds\n\tdocker buildx build .\n'
    }),
    'a script': workflow(build('[push, pull_request]').replace('docker build .', './bin/build.sh'), {
      'bin/build.sh': '#!/bin/sh\ndocker compose build\n'
    }),
    'an npm script': workflow(build('[push, pull_request]').replace('docker build .', 'npm run image'), {
      'package.json': '{"scripts":{"image":"docker build ."}}'
    }),
    'a recipe of just': workflow(build('[push, pull_request]').replace('docker build .', 'just build'), {
      justfile: "build *args='':\n  docker compose build {{args}}\n"
    }),
    'an action of the repository': workflow(
      build('[push, pull_request]').replace('run: docker build .', 'uses: ./.github/actions/build'),
      {
        '.github/actions/build/action.yml': 'runs:\n  using: composite\n  steps:\n    - run: docker build .\n'
      }
    ),
    'a reusable workflow': workflow(
      'on: [push, pull_request]\njobs:\n  image:\n    uses: ./.github/workflows/_image.yml\n',
      { '.github/workflows/_image.yml': build('workflow_call') }
    ),
    CircleCI: circle(''),
    'CircleCI without workflows': repository({
      '.circleci/config.yml':
        'jobs:\n  build:\n    steps:\n      - run: { name: build, command: docker build . }\n'
    }),
    'a command of CircleCI': repository({
      '.circleci/config.yml':
        'commands:\n  image:\n    steps:\n      - run: docker build .\njobs:\n  build:\n    steps:\n      - image\n'
    })
  },
  bad: {
    'pushes alone': [workflow(build('push')), /not built on pull requests/, 7],
    'pull requests alone': [workflow(build('pull_request')), /not built on merges/],
    'tags alone': [workflow(build('{ push: { tags: ["v*"] } }')), /pull requests, nor on merges/],
    'a job for pushes alone': [
      workflow(
        build('[push, pull_request]').replace('runs-on', "if: github.event_name == 'push'\n    runs-on")
      ),
      /not built on pull requests/
    ],
    'a job for pull requests alone': [
      workflow(
        build('[push, pull_request]').replace(
          'runs-on',
          "if: github.event_name == 'pull_request'\n    runs-on"
        )
      ),
      /not built on merges/
    ],
    'no build': [
      workflow('on: [push, pull_request]\njobs:\n  test:\n    steps:\n      - run: npm test\n'),
      /No workflow builds/
    ],
    'CircleCI on main alone': [
      circle(':\n          filters: { branches: { only: main } }'),
      /not built on pull requests/
    ]
  },
  unclear: {
    'no CI': repository({ Dockerfile: 'FROM scratch\n' }),
    'an action that may build': workflow(
      'on: [push, pull_request]\njobs:\n  test:\n    steps:\n      - uses: example/pipeline@v1\n'
    ),
    Taskcluster: repository({ '.taskcluster.yml': 'version: 1\n' }),
    'CircleCI with an orb': repository({
      '.circleci/config.yml': 'workflows:\n  all:\n    jobs:\n      - acme/ship:\n          name: ship\n'
    })
  }
})
