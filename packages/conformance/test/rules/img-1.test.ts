import rule from '../../src/rules/img-1.ts'
import { dockerfile, image, judges } from '../judge.ts'

judges(rule, {
  good: {
    'COPY to /app': dockerfile('FROM node:24-slim\nWORKDIR /app\nCOPY . .\n'),
    'a WORKDIR of an earlier stage': dockerfile(
      'FROM node:24 AS base\nWORKDIR /app\nFROM base\nCOPY src ./src/\n'
    ),
    'a folder that a variable names': dockerfile('FROM golang:1.26\nARG DIR=/app\nCOPY bin/shop $DIR/shop\n'),
    'the files of an image': image()
  },
  bad: {
    'sources elsewhere': [
      dockerfile('FROM node:24-slim\nWORKDIR /usr/src/app\nCOPY . .\n'),
      /copied to \/usr\/src\/app: expected \/app/,
      3
    ],
    'the version file alone': [
      dockerfile('FROM rust:1\nCOPY version.json /app/\nCOPY bin/shop /usr/local/bin/shop\n'),
      /expected \/app/,
      3
    ],
    'nothing on an official base': [dockerfile('FROM node:24\nCMD ["node"]\n'), /Nothing is copied/],
    'an image with the version file alone': [
      image({ layers: [[{ name: 'app/version.json', body: '{}' }]] }),
      /holds no sources/
    ]
  },
  unclear: {
    'nothing on an unknown base': dockerfile('FROM example/service:1\nUSER app\n'),
    'a folder without a value': dockerfile('FROM node:24\nARG DIR\nCOPY . $DIR\n'),
    'a tree from another stage': dockerfile(
      'FROM node:24 AS build\nFROM debian:bookworm-slim\nCOPY --from=build /output/ /\n'
    ),
    'a clone': dockerfile('FROM node:24\nRUN git clone https://example.org/a /app\n')
  }
})
