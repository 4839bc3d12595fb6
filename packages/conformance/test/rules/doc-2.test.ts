import rule from '../../src/rules/doc-2.ts'
import { goodFiles } from '../fixtures/image.ts'
import { dockerfile, image, judges } from '../judge.ts'

const lines = (text: string) =>
  dockerfile(
    `FROM node:24-slim\nRUN groupadd -g 10001 app && useradd -u 10001 -g app app\nWORKDIR /app\n${text}\n`
  )
const twice = (build: string, copy: string) =>
  dockerfile(
    `FROM node:24 AS build\nRUN useradd -u 10001 app\nWORKDIR /src\n${build}\nFROM node:24-slim\nRUN groupadd -g 10001 app && useradd -u 10001 -g app app\nWORKDIR /app\n${copy}\nUSER app\n`
  )
const own = (entry: object) => image({ layers: [[...goodFiles, { name: 'app/data', body: '', ...entry }]] })

judges(rule, {
  good: {
    'COPY of root': lines('COPY . .\nUSER app'),
    '--chown=root': lines('COPY --chown=root:root . .\nUSER app'),
    'another stage that works as root': twice('COPY . .\nRUN npm ci', 'COPY --from=build /src .'),
    'a stage whose other folder is of app': twice(
      'COPY --chown=app . /other\nRUN npm ci',
      'COPY --from=build /src .'
    ),
    'root by --chown, whoever made it': twice('USER app\nRUN npm ci', 'COPY --from=build --chown=0:0 /src .'),
    'a home that was there before': dockerfile(
      'FROM debian:bookworm-slim\nWORKDIR /app\nRUN groupadd -g 10001 app && useradd -u 10001 -g app -d /app -m app\nCOPY . .\nUSER app\n'
    ),
    'an image': image(),
    'an image of root and app': own({ mode: 0o640, gid: 10001 })
  },
  bad: {
    '--chown': [lines('COPY --chown=app:app . .\nUSER app'), /copied with --chown/, 4],
    '--chown with the number': [lines('COPY --chown=10001 . /app/\nUSER app'), /copied with --chown/],
    'the name of another user': [
      dockerfile('FROM node:24\nCOPY --chown=node . /app\nUSER node\n'),
      /--chown/
    ],
    'another stage that works as app': [
      twice('COPY . .\nUSER app\nRUN npm ci', 'COPY --from=build /src .'),
      /copied from a stage where they are of app/,
      10
    ],
    '--chown in another stage': [
      twice('COPY --chown=10001:10001 . .', 'COPY --from=build /src .'),
      /of 10001:10001/
    ],
    'chown in another stage': [
      twice('COPY . .\nRUN chown -R app /src', 'COPY --from=build /src/dist ./dist'),
      /of app/
    ],
    'the second of two': [twice('USER app\nRUN npm ci', 'COPY . .\nCOPY --from=build /src .'), /of app/],
    chown: [lines('COPY . .\nRUN chown -R app:app /app\nUSER app'), /chown gives \/app/, 5],
    'chown of .': [lines('COPY . .\nRUN chown -R app .\nUSER app'), /chown gives/],
    chmod: [lines('COPY . .\nRUN chmod -R 777 /app\nUSER app'), /everybody write/],
    'an installation as app': [lines('USER app\nCOPY . .\nRUN npm ci --omit=dev'), /npm runs as app/, 6],
    'a home': [
      dockerfile(
        'FROM node:24\nRUN useradd -u 10001 --home-dir /app --create-home app\nWORKDIR /app\nCOPY . .\nUSER app\n'
      ),
      /made as the home of app/,
      2
    ],
    'an image of root': [image({ config: { User: '' } }), /runs as root/],
    'a file of its own': [own({ uid: 10001 }), /may write \/app\/data/],
    'a file of its group': [own({ mode: 0o664, gid: 10001 }), /may write/],
    'a file of everybody': [own({ mode: 0o666 }), /may write/],
    'several files': [
      image({
        config: { User: '10001:10001' },
        layers: [[...goodFiles, { name: 'app/a', uid: 10001 }, { name: 'app/b', uid: 10001 }]]
      }),
      /2 files and folders/
    ]
  },
  unclear: {
    'another image': lines('COPY --from=example/build /app /app\nUSER app'),
    'an owner of no name here': lines('ARG OWNER\nCOPY --chown=$OWNER . .\nUSER app'),
    'another owner': lines('COPY --chown=1000 . .\nUSER app'),
    nothing: dockerfile('FROM example/base\n')
  }
})
