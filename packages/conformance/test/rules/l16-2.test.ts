import rule from '../../src/rules/l16-2.ts'
import { dockerfile, judges } from '../judge.ts'

judges(rule, {
  good: {},
  bad: {
    'a file': [
      dockerfile('FROM python:3.13\nCMD ["gunicorn", "--config", "gunicorn.conf.py", "app"]\n'),
      /names the file gunicorn\.conf\.py/,
      2
    ]
  },
  unclear: {
    none: dockerfile('FROM python:3.13\nCMD ["gunicorn", "app"]\n'),
    'no command': dockerfile('FROM python:3.13\n')
  }
})
