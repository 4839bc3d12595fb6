import { isResolved } from '../dockerfile/expand.ts'
import { object, text } from '../repository/yaml.ts'
import { fail, links, pass, type Rule, unknown } from '../rule.ts'
import { containersOf } from './lib/kubernetes.ts'

const PINNED = /@sha256:[\da-f]{64}$/

const rule: Rule = {
  id: 'X-1',
  level: 'MAY',
  title: 'Images are pinned by their digests',
  looksAt:
    'FROM and COPY --from of all stages that the shipped one needs; image of manifests and compose files',
  fix: 'Name the image with its digest, NAME:TAG@sha256:…, and let Renovate or Dependabot update it.',
  link: links.pinning,
  *check(facts) {
    for (const { name, images } of facts.dockerfiles) {
      for (const { reference, line, kind } of images) {
        const where = { file: name, line }
        if (kind === 'scratch') continue
        if (PINNED.test(reference))
          yield pass(`${reference.slice(0, reference.indexOf('@'))} is pinned.`, where)
        else if (!isResolved(reference))
          yield unknown('The image depends on a variable that has no value here.', where)
        // A context that is given to the build has a name without a tag, as an image may.
        else if (!/[:/.]/.test(reference) && kind === 'unknown')
          yield unknown(`${reference} may be a context of the build.`, where)
        else yield fail(`${reference} is not pinned: its tag may be another image tomorrow.`, where)
      }
    }
    for (const { document, path, container } of containersOf(facts)) {
      const image = text(container.image)
      const where = { file: document.file, line: document.line([...path, 'image']) }
      if (PINNED.test(image)) yield pass(`${image.slice(0, image.indexOf('@'))} is pinned.`, where)
      else yield unknown(`${image} may be filled in when it is deployed.`, where)
    }
    for (const document of facts.repository?.compose ?? []) {
      for (const [name, service] of Object.entries(object(object(document.value).services))) {
        const { image, build } = object(service)
        if (build !== undefined || text(image) === '' || /\$/.test(text(image))) continue
        const where = { file: document.file, line: document.line(['services', name, 'image']) }
        if (PINNED.test(text(image))) yield pass(`The image of ${name} is pinned.`, where)
        else yield fail(`${text(image)} is not pinned: its tag may be another image tomorrow.`, where)
      }
    }
  }
}
export default rule
