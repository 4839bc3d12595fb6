import { test } from 'tap'
import { readRepository } from '../src/repository/facts.ts'
import { writeFiles } from './fixtures/image.ts'

const cases: [files: string[], expected: string[]][] = [
  [['Dockerfile', 'docker/Dockerfile', 'Dockerfile.prod'], ['Dockerfile']],
  [['docker/Dockerfile', 'services/a/Dockerfile'], ['docker/Dockerfile']],
  [
    ['Web.Dockerfile', 'Release.Dockerfile', 'test.Dockerfile', 'jobs/Dockerfile'],
    ['Release.Dockerfile', 'Web.Dockerfile']
  ],
  [['Dockerfile.dev', 'Dockerfile.prod', 'Dockerfile.dockerignore', 'Dockerfile.in'], ['Dockerfile.prod']],
  [['docker/Dockerfile-web', 'docker/Dockerfile.ci'], ['docker/Dockerfile-web']],
  [
    ['a/Dockerfile', 'b/Containerfile', 'tests/Dockerfile', 'dev/db/Dockerfile', 'load-tests/Dockerfile'],
    ['a/Dockerfile', 'b/Containerfile']
  ]
]
for (const [files, expected] of cases) {
  test(`of ${files.join(', ')}, the Dockerfiles of the service are found`, async (t) => {
    const root = writeFiles(t.testdir({}), new Map(files.map((file) => [file, 'FROM scratch\n'])))
    t.strictSame(readRepository(root, '.').dockerfiles, expected)
  })
}
