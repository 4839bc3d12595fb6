import rule from '../../src/rules/app-5e.ts'
import { judges, service } from '../judge.ts'

const answers = (headers: Record<string, string>) =>
  service({ '/__lbheartbeat__': [200], '/__heartbeat__': [200, '{}', headers] })

judges(rule, {
  good: {
    'no-store': answers({ 'cache-control': 'no-store' }),
    'no age': answers({ 'cache-control': 'max-age=0, private' }),
    'no-cache': answers({ 'cache-control': 'no-cache' }),
    both: answers({ 'cache-control': 'no-store, max-age=60' })
  },
  bad: {
    public: [answers({ 'cache-control': 'public, max-age=60' }), /may be cached: cache-control/],
    's-maxage': [answers({ 'cache-control': 's-maxage=10' }), /may be cached/],
    expires: [answers({ expires: 'Wed, 01 Jan 2200 00:00:00 GMT' }), /expires/],
    'a cookie': [answers({ 'set-cookie': 'sid=1' }), /sets a cookie/]
  },
  unclear: { nothing: answers({}) }
})
