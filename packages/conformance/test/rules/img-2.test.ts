import rule from '../../src/rules/img-2.ts'
import { dockerfile, image, judges } from '../judge.ts'

const users = (run: string, base = 'debian:bookworm-slim') => dockerfile(`FROM ${base}\nRUN ${run}\n`)

judges(rule, {
  good: {
    groupadd: users('groupadd --gid 10001 app'),
    'groupadd with =': users('groupadd --gid=10001 app'),
    'groupadd -g, system': users('groupadd -r -g 10001 app && useradd -r -g app app'),
    'groupadd by its path, in a line of several': users(
      'set -eux; \\\n  # the group\n  apt-get update \\\n  && /usr/sbin/groupadd -g10001 app'
    ),
    addgroup: users('addgroup --gid 10001 app'),
    'addgroup of Alpine': users('addgroup -g 10001 -S app', 'node:24-alpine'),
    'a group that useradd makes': users('useradd --uid 10001 app'),
    'a group that adduser of Alpine makes': users('adduser -D -u 10001 app', 'alpine:3.22'),
    'a group that adduser makes': users('adduser --uid 10001 --disabled-password --gecos "" app'),
    variables: dockerfile(
      'FROM python:3.13-slim\nARG groupid=10001\nENV name=app\nRUN groupadd --gid $groupid ${name}\n'
    ),
    'a variable of the shell': users('GID=10001; groupadd --gid "${GID}" app'),
    'a condition': users('getent group app || groupadd --gid 10001 app'),
    'sh -c': dockerfile('FROM debian\nRUN ["/bin/sh", "-c", "groupadd --gid 10001 app"]\n'),
    'a here-document': dockerfile('FROM debian\nRUN <<EOF\nset -e\ngroupadd --gid 10001 app\nEOF\n'),
    'a line of /etc/group': users("echo 'app:x:10001:' >> /etc/group", 'alpine'),
    'groupmod of another': users('groupmod --gid 10001 --new-name app node', 'node:24-slim'),
    'the accounts of another stage': dockerfile(
      'FROM alpine AS users\nRUN addgroup -g 10001 app\nFROM scratch\nCOPY --from=users /etc/passwd /etc/group /etc/\n'
    ),
    'an inherited stage': dockerfile(
      'FROM debian AS base\nRUN groupadd --gid 10001 app\nFROM base\nUSER app\n'
    ),
    'an image': image()
  },
  bad: {
    'none on an official base': [dockerfile('FROM node:24-slim\nUSER node\n'), /no group app/, 1],
    'one of another stage that is not shipped': [
      dockerfile('FROM node:24 AS build\nRUN groupadd -g 10001 app\nFROM node:24-slim\n'),
      /no group app/,
      3
    ],
    'another GID': [users('groupadd --gid 1000 app'), /GID 1000: expected 10001/, 2],
    'the GID that the system chooses': [users('addgroup -S app', 'alpine'), /that the system chooses/],
    'an image without': [image({ layers: [[{ name: 'etc/group', body: 'root:x:0:\n' }]] }), /no group app/],
    'an image with another': [image({ layers: [[{ name: 'etc/group', body: 'app:x:1000:\n' }]] }), /GID 1000/]
  },
  unclear: {
    'an unknown base': dockerfile('FROM example/base\nUSER app\n'),
    'a base that depends on an argument': dockerfile('ARG BASE\nFROM ${BASE}\nUSER app\n'),
    'a number without a value': dockerfile('FROM debian\nARG GID\nRUN groupadd --gid $GID app\n'),
    'a script that may make it': dockerfile('FROM debian\nCOPY setup.sh /\nRUN /setup.sh\n')
  }
})
