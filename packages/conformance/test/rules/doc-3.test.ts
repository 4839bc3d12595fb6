import rule from '../../src/rules/doc-3.ts'
import { goodFiles } from '../fixtures/image.ts'
import { dockerfile, image, judges, repository } from '../judge.ts'

const Dockerfile = 'FROM node:24\nCOPY . /app\n'

judges(rule, {
  good: { 'an image': image({ layers: [[...goodFiles, { name: 'app/node_modules/a/a.scss', body: '' }]] }) },
  bad: {
    'a folder that is copied': [
      repository({ Dockerfile: 'FROM node:24\nCOPY frontend/ /app/frontend/\n', 'frontend/a.scss': '' }),
      /frontend\/a\.scss is copied/,
      2
    ],
    'the context': [repository({ Dockerfile, 'page/Page.vue': '' }), /Page\.vue/],
    'the context of a folder': [
      repository({ 'web/Dockerfile': 'FROM node:24\nCOPY src /app\n', 'web/src/a.less': '' }),
      /src\/a\.less/
    ],
    'an image': [image({ layers: [[...goodFiles, { name: 'app/a.tsx', body: '' }]] }), /a\.tsx is the source/]
  },
  unclear: {
    'a Dockerfile alone': dockerfile(Dockerfile),
    '.dockerignore': repository({ Dockerfile, '.dockerignore': '**/*.scss', 'a/a.scss': '' }),
    'an ignore file beside the Dockerfile': repository({
      Dockerfile,
      'Dockerfile.dockerignore': 'a',
      'a/a.scss': ''
    })
  }
})
