import rule from '../../src/rules/app-5d.ts'
import { judges, service } from '../judge.ts'

const answers = (body: unknown, status = 200) =>
  service({
    '/__lbheartbeat__': [200],
    '/__heartbeat__': [status, typeof body === 'string' ? body : JSON.stringify(body)]
  })

judges(rule, {
  good: {
    'all is well': answers({ status: 'ok', checks: { db: 'ok' }, details: {} }),
    'a warning': answers({
      status: 'warning',
      checks: { cache: 'warning' },
      details: { cache: { status: 'warning', level: 30, messages: { 'app.W001': 'slow' } } }
    }),
    'no errors': answers({ errors: [] }),
    booleans: answers({ database: true, degraded: false }),
    objects: answers({ database: { up: true, time: 3 } }),
    settings: answers({
      database: true,
      maintenance_mode: false,
      isReplica: false,
      feature_flags: { a: false }
    }),
    'a list of checks': answers({ status: 'pass', checks: { 'db:time': [{ status: 'pass', output: '' }] } }),
    text: answers('OK'),
    'a constant': answers({ success: true }),
    'an integer': answers('1'),
    'no body': answers('')
  },
  bad: {
    'a status': [answers({ status: 'ERROR' }), /status is "ERROR": expected 5xx/],
    'a check': [answers({ status: 'ok', checks: { db: 'error' } }), /checks\.db is "error"/],
    'a boolean': [answers({ database: true, cache: false }), /cache is false/],
    'a list of errors': [answers({ errors: ['no database'] }), /errors is not empty/],
    'an error as text': [answers({ error: 'no database' }), /error is not empty/],
    'an object': [answers({ database: { up: false, time: 3 } }), /database\.up is false/],
    'a list of checks': [
      answers({ status: 'pass', checks: { 'db:time': [{ status: 'pass' }, { status: 'fail' }] } }),
      /checks\.db:time\.status is "fail"/
    ],
    'a list of names': [answers({ services: [{ name: 'db', state: 'disconnected' }] }), /services\.state/],
    text: [answers('ERROR: no database'), /the text/]
  },
  unclear: { '503': answers({ status: 'error' }, 503), '404': answers('', 404) }
})
