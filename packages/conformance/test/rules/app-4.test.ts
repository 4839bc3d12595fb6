import rule from '../../src/rules/app-4.ts'
import { goodFiles, version } from '../fixtures/image.ts'
import { image, judges, repository, service, together } from '../judge.ts'

const answers = (reply: [number, string?, Record<string, string>?]) =>
  service({ '/__lbheartbeat__': [200], '/__version__': reply })

judges(rule, {
  good: {
    'the file of the image': together(image(), answers([200, JSON.stringify(version, null, 2)])),
    'the file of the repository': together(
      repository({ Dockerfile: 'FROM node:24\nCOPY . /app\n', 'version.json': JSON.stringify(version) }),
      answers([200, JSON.stringify(version)])
    )
  },
  bad: {
    '404': [answers([404, 'not found']), /answers 404: expected 200/],
    '500': [answers([500]), /answers 500/],
    'a redirect': [answers([302, '', { location: '/login' }]), /answers 302, to \/login/],
    'no JSON': [answers([200, 'ok']), /is not JSON/],
    'another file': [
      together(image({ layers: [goodFiles] }), answers([200, '{"version":"2"}'])),
      /not what the version file says/
    ]
  },
  unclear: { 'a service alone': answers([200, '{}']) }
})
