import rule from '../../src/rules/app-2b.ts'
import { dockerfile, image, judges } from '../judge.ts'

const cmd = (text: string) => dockerfile(`FROM python:3.13-slim\n${text}\n`)

judges(rule, {
  good: {
    'all addresses': cmd('CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app"]'),
    'a port alone': cmd('CMD ["shop", "--addr", ":8000"]'),
    IPv6: cmd('CMD ["uvicorn", "app", "--host", "::"]')
  },
  bad: {
    loopback: [cmd('CMD ["go-bouncer", "--addr", "127.0.0.1:8000"]'), /127\.0\.0\.1: expected 0\.0\.0\.0/, 2],
    localhost: [cmd('CMD uvicorn app --host localhost'), /localhost/],
    HOST: [cmd('ENV HOST=127.0.0.1\nCMD ["node", "server.js"]'), /HOST is 127/, 2],
    'an image': [image({ config: { Env: ['HOST=localhost'] } }), /HOST is localhost/]
  },
  unclear: { 'a program': cmd('CMD ["node", "server.js"]') }
})
