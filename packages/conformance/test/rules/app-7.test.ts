import rule from '../../src/rules/app-7.ts'
import { dockerfile, judges } from '../judge.ts'

judges(rule, {
  good: {},
  bad: {
    'a file': [
      dockerfile('FROM python:3.13\nCMD ["gunicorn", "--log-file", "/var/log/app.log", "app"]\n'),
      /Logs go to \/var\/log\/app\.log/,
      2
    ]
  },
  unclear: {
    stdout: dockerfile(
      'FROM python:3.13\nCMD ["gunicorn", "--log-file=-", "--access-logfile", "/dev/stdout", "app"]\n'
    ),
    'no command': dockerfile('FROM python:3.13\n')
  }
})
