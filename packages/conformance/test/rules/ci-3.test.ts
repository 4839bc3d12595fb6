import rule from '../../src/rules/ci-3.ts'
import { judges, repository } from '../judge.ts'

const workflow = (on: string) =>
  repository({
    '.github/workflows/ci.yml': `on: ${on}\njobs:\n  image:\n    steps:\n      - run: docker build .\n`
  })

judges(rule, {
  good: {
    workflow_dispatch: workflow('[push, workflow_dispatch]'),
    CircleCI: repository({
      '.circleci/config.yml': 'jobs:\n  build:\n    steps:\n      - run: docker build .\n'
    })
  },
  bad: { 'pushes alone': [workflow('push'), /can be started by hand/] },
  unclear: {
    'no CI': repository({ Dockerfile: 'FROM scratch\n' }),
    'no build': repository({
      '.github/workflows/ci.yml': 'on: push\njobs:\n  t:\n    steps:\n      - run: npm test\n'
    }),
    Taskcluster: repository({ 'taskcluster/config.yml': 'a: 1\n' })
  }
})
