import rule from '../../src/rules/img-5.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {
    'USER app': dockerfile('FROM node:24\nUSER app\n'),
    'with its group': dockerfile('FROM node:24\nUSER app:app\n'),
    'a variable': dockerfile('FROM node:24\nARG NAME=app\nUSER ${NAME:-root}\n'),
    'an inherited USER': dockerfile('FROM node:24 AS a\nUSER app\nFROM a\n'),
    'the number of app': dockerfile('FROM debian\nRUN useradd -u 10001 app\nUSER 10001:10001\n'),
    'an image': image(),
    'an image with the number': image({ config: { User: '10001:10001' } })
  },
  bad: {
    none: [dockerfile('FROM node:24\n'), /no USER/, 1],
    'root at the end': [dockerfile('FROM node:24\nUSER app\nUSER root\n'), /last USER is root/, 3],
    another: [dockerfile('FROM node:24\nUSER node\n'), /last USER is node/],
    'another group': [dockerfile('FROM node:24\nUSER app:root\n'), /app:root/],
    'a number that is not app': [
      dockerfile('FROM debian\nRUN useradd -u 10001 web\nUSER 10001\n'),
      /last USER is 10001/
    ],
    'USER in a stage that is not shipped': [
      dockerfile('FROM node:24 AS a\nUSER app\nFROM node:24-slim\n'),
      /no USER/,
      3
    ],
    'an image of root': [image({ config: { User: '' } }), /runs as root/],
    'an image of another': [image({ config: { User: 'node' } }), /user is node/]
  },
  unclear: {
    'none on an unknown base': dockerfile('FROM example/base\n'),
    'a variable without a value': dockerfile('FROM node:24\nARG NAME\nUSER $NAME\n'),
    'a number on an unknown base': dockerfile('FROM example/base\nUSER 10001\n')
  }
})
