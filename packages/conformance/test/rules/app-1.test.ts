import rule from '../../src/rules/app-1.ts'
import { goodFiles } from '../fixtures/image.ts'
import { dockerfile, image, judges, repository } from '../judge.ts'

const Dockerfile = 'FROM node:24\nCOPY . /app\n'

judges(rule, {
  good: {
    '.dockerignore': repository({ Dockerfile, '.dockerignore': '.env\n' }),
    'all but what is let in': repository({ Dockerfile, '.dockerignore': '*\n!src\n', '.env': 'A=1' }),
    'an image': image()
  },
  bad: {
    'COPY .env': [dockerfile('FROM node:24\nCOPY .env /app/\n'), /\.env is copied/, 2],
    'COPY of another name': [
      dockerfile('FROM node:24\nWORKDIR /app\nCOPY server.env .env\n'),
      /\.env is copied/,
      3
    ],
    'a .env in the context': [repository({ Dockerfile, '.env': 'A=1' }), /\.env with it/, 2],
    'an image': [
      image({ layers: [[...goodFiles, { name: 'app/.env', body: 'A=1' }]] }),
      /\/app\/\.env is in the image/
    ],
    'an image that deletes it': [
      image({ layers: [[{ name: 'app/.env', body: 'A=1' }], [{ name: 'app/.wh..env' }, ...goodFiles]] }),
      /a later layer deletes/
    ]
  },
  unclear: {
    'a Dockerfile alone': dockerfile(Dockerfile),
    'no .dockerignore': repository({ Dockerfile, '.env.example': 'A=' }),
    'what to copy from': dockerfile('FROM node:24\nCOPY .env.example /app/\n')
  }
})
