import { test } from 'tap'
import { readDockerfile } from '../src/dockerfile/stages.ts'

test('a Dockerfile is followed to the stage that is shipped', async (t) => {
  const read = (target?: string) =>
    readDockerfile(
      'FROM node:24 AS a\nUSER app\nCMD ["a"]\nFROM a AS b\nENTRYPOINT ["b"]\n',
      'Dockerfile',
      target
    )
  t.equal(read().user?.value, 'app')
  t.equal(read().cmd, undefined, 'an ENTRYPOINT takes the inherited CMD away')
  t.strictSame(read('a').cmd?.exec, ['a'])
  t.throws(() => read('c'), { message: 'Dockerfile has no stage "c"; there are: a, b' })
})
