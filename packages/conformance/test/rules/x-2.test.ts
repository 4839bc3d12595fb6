import rule from '../../src/rules/x-2.ts'
import { goodFiles } from '../fixtures/image.ts'
import { image, judges } from '../judge.ts'

judges(rule, {
  good: { none: image() },
  bad: {
    setuid: [image({ layers: [[...goodFiles, { name: 'bin/su', mode: 0o4755 }]] }), /\/bin\/su lends/],
    setgid: [
      image({ layers: [[...goodFiles, { name: 'bin/a', mode: 0o2755 }, { name: 'bin/b', mode: 0o2755 }]] }),
      /2 files, such as \/bin\/a, lend/
    ],
    'a package manager': [
      image({ layers: [[...goodFiles, { name: 'usr/bin/apt-get', body: '' }]] }),
      /apt-get/
    ]
  }
})
