import rule from '../../src/rules/opt-3.ts'
import { goodFiles } from '../fixtures/image.ts'
import { dockerfile, image, judges, repository } from '../judge.ts'

const run = (text: string, env = '') => dockerfile(`FROM node:24-slim\n${env}RUN ${text}\n`)

judges(rule, {
  good: { 'an image': image() },
  bad: {
    'npm install': [run('npm install'), /npm installs development/, 2],
    'npm ci': [run('npm ci --audit=false && npm run build'), /npm installs development/],
    'uv sync': [run('uv sync --frozen'), /uv installs development/],
    'poetry install': [run('poetry install'), /poetry installs/],
    "apt's lists": [run('apt-get update && apt-get install -y curl'), /lists stay/],
    '.git in the context': [
      repository({ Dockerfile: 'FROM node:24\nCOPY . /app\n' }, { git: true }),
      /\.git with it: there is no \.dockerignore/,
      2
    ],
    'a tool in an image': [
      image({ layers: [[...goodFiles, { name: 'app/node_modules/typescript/package.json', body: '{}' }]] }),
      /typescript/
    ],
    '.git in an image': [image({ layers: [[...goodFiles, { name: 'app/.git/' }]] }), /history of git/]
  },
  unclear: {
    'production alone': run('npm ci --omit=dev'),
    'by a variable': run('npm ci', 'ENV NODE_ENV=production\n'),
    'a tool for all': run('npm install --global npm'),
    'lists that are removed': run('apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*'),
    'lists that are mounted': run(
      '--mount=type=cache,target=/var/lib/apt apt-get update && apt-get install -y curl'
    ),
    '.dockerignore': repository(
      { Dockerfile: 'FROM node:24\nCOPY . /app\n', '.dockerignore': '.git' },
      { git: true }
    )
  }
})
