import rule from '../../src/rules/img-3.ts'
import { dockerfile, image, judges } from '../judge.ts'

const users = (run: string, base = 'debian:bookworm-slim') => dockerfile(`FROM ${base}\nRUN ${run}\n`)

const scratch = (run: string) =>
  dockerfile(
    `FROM golang:1.23 AS build\nWORKDIR /out\nRUN ${run}\nFROM scratch\nCOPY --from=build /out/passwd /etc/passwd\nCOPY --from=build /out/group /etc/group\n`
  )

judges(rule, {
  good: {
    'files that another stage wrote': scratch(
      'echo "app:x:10001:10001::/app:/bin/false" > passwd && echo "app:x:10001:" > /out/group'
    ),
    useradd: users('groupadd --gid 10001 app && useradd --uid 10001 --gid app app'),
    'useradd -g and numbers': users(
      'groupadd -g 10001 app && useradd -g 10001 -u 10001 -s /bin/false -d /app -m app'
    ),
    'letters together': users('groupadd -g 10001 app && useradd -rmu 10001 -g app app'),
    'useradd alone': users('useradd -u 10001 -U app'),
    'a further group': users('groupadd -g 10001 app && useradd -N -u 10001 -G app,tty app'),
    adduser: users(
      'addgroup --gid 10001 app && adduser --system --uid 10001 --ingroup app --home /app --shell /bin/false app'
    ),
    'adduser --gid': users(
      'groupadd -g 10001 app; adduser --disabled-password --gecos "" --uid 10001 --gid 10001 app'
    ),
    'adduser of Alpine': users(
      'addgroup -g 10001 app && adduser -D -H -G app -u 10001 -h /app -s /sbin/nologin app',
      'python:3.13-alpine'
    ),
    'adduser of Fedora': users('groupadd -g 10001 app && adduser -u 10001 -g app -M app', 'fedora:42'),
    'added to the group later': users(
      'groupadd -g 10001 app && useradd -N -u 10001 app && usermod -aG app app'
    ),
    'added by adduser': users('groupadd -g 10001 app && useradd -N -u 10001 app && adduser app app'),
    'added by gpasswd': users('groupadd -g 10001 app && useradd -N -u 10001 app && gpasswd -a app app'),
    renamed: users('groupmod -g 10001 -n app node && usermod -u 10001 -l app -g app node', 'node:24-slim'),
    'a line of /etc/passwd': users("echo 'app:x:10001:10001::/app:/bin/sh' >> /etc/passwd", 'alpine'),
    'a here-document as the file': dockerfile(
      'FROM scratch\nCOPY <<EOF /etc/passwd\napp:x:10001:10001::/:/none\nEOF\n'
    ),
    'the root tree of another stage': dockerfile(
      'FROM alpine AS a\nRUN adduser -D -u 10001 app\nFROM scratch\nCOPY --from=a / /\n'
    ),
    'an image': image()
  },
  bad: {
    'files of another stage with another number': [
      scratch('echo "app:x:1000:1000::/app:/bin/false" > passwd && echo "app:x:1000:" > group'),
      /the UID 1000/
    ],
    none: [dockerfile('FROM python:3.13-slim\nRUN useradd -u 10001 web\n'), /no user app/],
    'another UID': [users('useradd --uid 1000 app'), /UID 1000: expected 10001/, 2],
    'the UID that the system chooses': [users('useradd -r app'), /that the system chooses/],
    'another group': [
      users('groupadd -g 10001 app && useradd -u 10001 -g users app'),
      /in the group users: expected app/
    ],
    'adduser --system without a group': [
      users('groupadd -g 10001 app && adduser --system --uid 10001 app'),
      /in the group nogroup/
    ],
    'deleted again': [users('useradd -u 10001 app && userdel app'), /no user app/],
    'an image without': [
      image({ layers: [[{ name: 'etc/passwd', body: 'root:x:0:0::/:/bin/sh\n' }]] }),
      /no user app/
    ],
    'an image with another UID': [
      image({ layers: [[{ name: 'etc/passwd', body: 'app:x:1000:1000::/:/bin/sh\n' }]] }),
      /UID 1000/
    ],
    'an image with another group': [
      image({
        layers: [
          [
            { name: 'etc/passwd', body: 'app:x:10001:100::/:/bin/sh\n' },
            { name: 'etc/group', body: 'app:x:10001:\n' }
          ]
        ]
      }),
      /not in the group/
    ]
  },
  unclear: {
    'files that a program of another stage wrote': scratch('make passwd group'),
    'an unknown base': dockerfile('FROM example/base\nUSER app\n'),
    'a UID without a value': dockerfile('FROM debian\nARG ID\nRUN useradd --uid $ID app\n'),
    'a group without a value': dockerfile(
      'FROM debian\nARG GROUP\nRUN groupadd -g 10001 app && useradd -u 10001 -g $GROUP app\n'
    ),
    'a name without a value': dockerfile('FROM debian\nARG NAME\nRUN useradd -u 10001 $NAME\n')
  }
})
