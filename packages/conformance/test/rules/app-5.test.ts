import rule from '../../src/rules/app-5.ts'
import { judges, service } from '../judge.ts'

const answers = (reply: [number, string?, Record<string, string>?]) =>
  service({ '/__lbheartbeat__': [200], '/__heartbeat__': reply })

judges(rule, {
  good: {
    '200': answers([200, '{}']),
    '500': answers([500, '{}']),
    '502': answers([502]),
    '503': answers([503])
  },
  bad: {
    '404': [answers([404]), /answers 404: expected 200, or 5xx/],
    '429': [answers([429]), /429/],
    '204': [answers([204]), /204/],
    'a redirect': [answers([301, '', { location: 'https://a/' }]), /301, to https/]
  }
})
