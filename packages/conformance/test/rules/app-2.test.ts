import rule from '../../src/rules/app-2.ts'
import { dockerfile, image, judges } from '../judge.ts'

const cmd = (text: string) => dockerfile(`FROM python:3.13-slim\n${text}\n`)

judges(rule, {
  good: {
    'the shell form': cmd('CMD gunicorn --bind 0.0.0.0:$PORT app'),
    'the shell form after an init': cmd(
      'ENTRYPOINT ["tini", "--"]\nCMD gunicorn app --bind 0.0.0.0:${PORT:-8000}'
    ),
    'sh -c': cmd('CMD ["sh", "-c", "exec gunicorn -b :${PORT:-8000} app"]'),
    'an image': image({ config: { Entrypoint: ['sh', '-c'], Cmd: ['uvicorn app --port $PORT'] } })
  },
  bad: {
    'a port of its own': [
      cmd('CMD ["gunicorn", "--bind", "0.0.0.0:8000", "app"]'),
      /port 8000: expected \$PORT/,
      2
    ],
    uvicorn: [cmd('CMD ["uvicorn", "app", "--port=8001"]'), /port 8001/],
    'flask by uv': [cmd('CMD uv run flask run -p 5000'), /port 5000/],
    runserver: [cmd('CMD ["python", "manage.py", "runserver", "0.0.0.0:7001"]'), /port 7001/],
    'a variable that no shell fills in': [
      cmd('CMD ["gunicorn", "--bind", "0.0.0.0:$PORT", "app"]'),
      /No shell reads/
    ],
    'after an init': [cmd('ENTRYPOINT ["tini", "--"]\nCMD ["gunicorn", "-b:8000", "app"]'), /port 8000/],
    'a Go service': [cmd('CMD ["shop", "--addr", "127.0.0.1:8000"]'), /port 8000/]
  },
  unclear: {
    'a program': cmd('CMD ["node", "server.js"]'),
    'a script': cmd('ENTRYPOINT ["/app/run.sh"]\nCMD ["web"]'),
    'no command': cmd('USER app'),
    'a socket': cmd('CMD ["gunicorn", "--bind", "unix:/tmp/a.sock", "app"]')
  }
})
