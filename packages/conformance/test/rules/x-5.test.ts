import rule from '../../src/rules/x-5.ts'
import { goodConfig, goodFiles } from '../fixtures/image.ts'
import { image, judges } from '../judge.ts'

judges(rule, {
  good: { 'the same': image() },
  bad: {
    none: [image({ config: { Labels: null } }), /source is missing/],
    another: [
      image({ config: { Labels: { ...goodConfig.Labels, 'org.opencontainers.image.revision': 'abc' } } }),
      /revision is "abc"/
    ]
  },
  unclear: { 'no version file': image({ layers: [goodFiles.slice(0, -1)] }) }
})
