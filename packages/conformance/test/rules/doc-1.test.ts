import rule from '../../src/rules/doc-1.ts'
import { dockerfile, judges } from '../judge.ts'

const from = (reference: string, more = '') => dockerfile(`${more}FROM ${reference}\n`)

judges(rule, {
  good: {
    slim: from('node:24-bookworm-slim'),
    'with its registry': from('docker.io/library/python:3.13-slim'),
    'a mirror': from('public.ecr.aws/docker/library/python:3.13-slim'),
    alpine: from('golang:1.26-alpine'),
    'alpine itself': from('alpine:3.22'),
    scratch: from('scratch'),
    distroless: from('gcr.io/distroless/nodejs22-debian12'),
    pinned: from(`debian:bookworm-slim@sha256:${'a'.repeat(64)}`),
    'an argument': from('$BASE', 'ARG BASE=node:24-slim\n'),
    'the stage that it starts from': dockerfile('FROM node:24-slim AS a\nFROM a\n')
  },
  bad: {
    'not slim': [from('python:3.13'), /official, but not slim/, 1],
    'no tag': [from('golang'), /not slim/],
    'not official': [from('ghcr.io/astral-sh/uv:python3.13-trixie-slim'), /not an official image/],
    'of a company': [from('registry.example.com:5000/base'), /not an official/]
  },
  unclear: {
    'an argument without a default': from('${BASE}', 'ARG BASE\n'),
    'a platform of the build': from('--platform=$BUILDPLATFORM $BASE', 'ARG BASE\n')
  }
})
