import rule from '../../src/rules/opt-1.ts'
import { dockerfile, image, judges } from '../judge.ts'

const cmd = (text: string) => dockerfile(`FROM debian\n${text}\n`)

judges(rule, {
  good: {},
  bad: {
    supervisord: [cmd('CMD ["/usr/bin/supervisord", "-n"]'), /supervisord runs several/, 2],
    'a process in the background': [cmd('CMD redis-server & node server.js'), /in the background/],
    'an image': [image({ config: { Entrypoint: ['pm2-runtime'], Cmd: ['start'] } }), /pm2-runtime/]
  },
  unclear: {
    'one program': cmd('CMD ["node", "server.js"]'),
    'one after the other': cmd('CMD migrate && exec node server.js 2>&1'),
    'no command': cmd('USER app')
  }
})
