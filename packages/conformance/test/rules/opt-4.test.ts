import rule from '../../src/rules/opt-4.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {
    EXPOSE: dockerfile('FROM node:24\nEXPOSE 8000/tcp\n'),
    'ENV PORT': dockerfile('FROM node:24\nENV PORT=8000\nEXPOSE $PORT\n'),
    'one of several': dockerfile('FROM node:24\nEXPOSE 8000 2112\n'),
    'an image': image()
  },
  bad: {
    EXPOSE: [dockerfile('FROM node:24\nEXPOSE 8080\n'), /port is 8080: expected 8000/, 2],
    'ENV PORT': [dockerfile('FROM node:24\nENV PORT=3000\nEXPOSE 8000\n'), /port is 3000/, 2],
    'the command line': [
      dockerfile('FROM node:24\nEXPOSE 8000\nCMD uvicorn app --port 8001\n'),
      /port is 8001/,
      3
    ],
    'an image': [image({ config: { Env: ['PORT=80'] } }), /port is 80/],
    'what an image exposes': [
      image({ config: { Env: [], ExposedPorts: { '9000/tcp': {} } } }),
      /port is 9000/
    ]
  },
  unclear: {
    nothing: dockerfile('FROM node:24\n'),
    'a variable without a value': dockerfile('FROM node:24\nARG PORT\nEXPOSE $PORT\n'),
    'an image': image({ config: { Env: [], ExposedPorts: null } })
  }
})
