import rule from '../../src/rules/ci-2.ts'
import { judges, repository } from '../judge.ts'

const jobs = (text: string, more: Record<string, string> = {}) =>
  repository({ '.github/workflows/ci.yml': `on: push\njobs:\n${text}`, ...more })
const push = '      - run: docker push example/shop\n'

judges(rule, {
  good: {
    'steps before': jobs(
      `  ship:\n    steps:\n      - run: npm test\n      - run: docker run --rm shop npm run smoke-test\n${push}`
    ),
    'a job that is needed': jobs(
      `  test:\n    steps:\n      - run: docker compose run web pytest\n  ship:\n    needs: test\n    steps:\n${push}`
    ),
    'jobs that need each other': jobs(
      `  test:\n    steps:\n      - run: docker run shop pytest\n  gate:\n    needs: [test]\n    steps: []\n  ship:\n    needs: [gate]\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: true }\n`
    ),
    CircleCI: repository({
      '.circleci/config.yml':
        'jobs:\n  test:\n    steps:\n      - run: docker run app test\n  deploy:\n    steps:\n      - run: docker push a/b\nworkflows:\n  all:\n    jobs:\n      - test\n      - deploy: { requires: [test] }\n'
    }),
    'a reusable workflow that is needed': jobs(
      `  test:\n    uses: ./.github/workflows/_test.yml\n  ship:\n    needs: test\n    steps:\n${push}`,
      {
        '.github/workflows/_test.yml':
          'on: workflow_call\njobs:\n  all:\n    steps:\n      - run: docker run shop npm test\n'
      }
    )
  },
  bad: {
    'no test': [jobs(`  ship:\n    steps:\n      - run: docker build .\n${push}`), /published untested/, 6],
    'a test in a job that is not needed': [
      jobs(`  test:\n    steps:\n      - run: npm test\n  ship:\n    steps:\n${push}`),
      /published untested/
    ],
    'a test afterwards': [
      jobs(`  ship:\n    steps:\n${push}      - run: docker run shop npm test\n`),
      /published untested/
    ]
  },
  unclear: {
    'a registry of the job alone': jobs(
      '  ship:\n    steps:\n      - run: docker push localhost:5000/shop\n'
    ),
    'a Makefile that pushes where it is asked to': jobs('  ship:\n    steps:\n      - run: make build\n', {
      Makefile: 'build:\n\tdocker buildx bake $(if $(PUSH),--push,--load)\n'
    }),
    'nothing is published': jobs('  test:\n    steps:\n      - run: npm test\n'),
    'the code is tested alone': jobs(`  ship:\n    steps:\n      - run: npm test\n${push}`),
    'the container runs alone': jobs(`  ship:\n    steps:\n      - run: docker run shop true\n${push}`),
    'an action may test': jobs(`  ship:\n    steps:\n      - uses: example/verify@v1\n${push}`),
    'the action of Docker does not push': jobs(
      '  ship:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: false }\n'
    )
  }
})
