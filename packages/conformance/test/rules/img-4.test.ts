import rule from '../../src/rules/img-4.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {
    both: dockerfile('FROM node:24\nENTRYPOINT ["tini", "--"]\nCMD ["node", "server.js"]\n'),
    'an inherited ENTRYPOINT': dockerfile(
      'FROM node:24 AS base\nENTRYPOINT ["tini", "--"]\nFROM base\nCMD ["node"]\n'
    ),
    'CMD before ENTRYPOINT': dockerfile('FROM node:24\nCMD ["node"]\nENTRYPOINT ["tini", "--"]\n'),
    'an image': image()
  },
  bad: {
    'CMD alone': [dockerfile('FROM node:24\nCMD node server.js\n'), /ENTRYPOINT is missing/, 2],
    'ENTRYPOINT alone': [dockerfile('FROM node:24\nENTRYPOINT ["node"]\n'), /CMD is missing/, 2],
    neither: [dockerfile('FROM node:24\n'), /ENTRYPOINT and CMD are missing/, 1],
    'an ENTRYPOINT that takes the inherited CMD away': [
      dockerfile('FROM node:24 AS base\nCMD ["a"]\nFROM base\nENTRYPOINT ["b"]\n'),
      /CMD is missing/
    ],
    'an ENTRYPOINT that is reset': [
      dockerfile('FROM node:24 AS base\nENTRYPOINT ["a"]\nFROM base\nENTRYPOINT []\nCMD ["b"]\n'),
      /ENTRYPOINT is missing/
    ],
    'ENTRYPOINT alone on an unknown base': [
      dockerfile('FROM example/base\nENTRYPOINT ["a"]\n'),
      /CMD is missing/
    ],
    'both in a stage that is not shipped': [
      dockerfile('FROM node:24 AS a\nENTRYPOINT ["a"]\nCMD ["b"]\nFROM node:24-slim\n'),
      /missing/
    ],
    'an image without ENTRYPOINT': [image({ config: { Entrypoint: null } }), /lacks ENTRYPOINT/],
    'an image without CMD': [image({ config: { Cmd: null } }), /lacks CMD/],
    'an image without both': [image({ config: { Cmd: null, Entrypoint: null } }), /lacks ENTRYPOINT and CMD/]
  },
  unclear: {
    'CMD alone on an unknown base': dockerfile('FROM example/base\nCMD ["a"]\n'),
    'nothing on one that has no name': dockerfile('ARG B\nFROM $B\n')
  }
})
