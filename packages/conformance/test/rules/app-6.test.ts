import rule from '../../src/rules/app-6.ts'
import { judges, service } from '../judge.ts'

const answers = (reply: [number, string?, Record<string, string>?]) =>
  service({ '/__lbheartbeat__': reply, '/__heartbeat__': [200, '{}'] })

judges(rule, {
  good: {
    text: answers([200, 'OK']),
    'no body': answers([200]),
    'typed, and empty': answers([200, '', { 'content-type': 'application/json' }])
  },
  bad: {
    '404': [answers([404]), /answers 404: expected 200/],
    '204': [answers([204]), /204/],
    '500': [answers([500]), /500/],
    'a redirect': [answers([308, '', { location: 'https://a/' }]), /308/]
  }
})
