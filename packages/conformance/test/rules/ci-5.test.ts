import rule from '../../src/rules/ci-5.ts'
import { judges, repository } from '../judge.ts'

judges(rule, {
  good: {
    GitHub: repository({
      '.github/workflows/ci.yml': 'on: push\njobs:\n  t:\n    steps:\n      - run: npm test\n'
    }),
    Taskcluster: repository({ '.taskcluster.yml': 'version: 1\n' })
  },
  bad: {},
  unclear: { 'no CI': repository({ Dockerfile: 'FROM scratch\n' }) }
})
