import rule from '../../src/rules/app-5c.ts'
import { judges, service } from '../judge.ts'

judges(rule, {
  good: { 'at once': service({ '/__lbheartbeat__': [200], '/__heartbeat__': [200, '{}'] }) },
  bad: {
    never: [
      service({ '/__lbheartbeat__': [200], '/__heartbeat__': () => {} }, { timeout: 500 }),
      /did not answer within 0\.5 s/
    ],
    'a byte at a time': [
      service(
        {
          '/__lbheartbeat__': [200],
          '/__heartbeat__': (_req, res) => {
            const timer = setInterval(() => res.write('x'), 50)
            res.on('close', () => clearInterval(timer))
          }
        },
        { timeout: 500 }
      ),
      /did not end within 0\.5 s/
    ],
    'without an end': [
      service({
        '/__lbheartbeat__': [200],
        '/__heartbeat__': (_req, res) => {
          const more = () => {
            while (res.write(Buffer.alloc(65536, 'x')));
          }
          res.on('drain', more)
          more()
        }
      }),
      /longer than 1 MB/
    ]
  },
  unclear: { '404': service({ '/__lbheartbeat__': [200] }) }
})
