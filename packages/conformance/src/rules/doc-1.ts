import type { Base } from '../dockerfile/bases.ts'
import { isResolved } from '../dockerfile/expand.ts'
import { type Finding, fail, links, pass, type Rule, unknown } from '../rule.ts'
import type { Where } from '../schema.ts'

// Images that have no slim flavour, and are small as they are.
const SMALL = /^(?:alpine|busybox|ubuntu|almalinux|rockylinux|photon|bash)$/

function judge({ reference, kind, official, tag }: Base, where: Where): Finding {
  if (kind === 'scratch') return pass('The image starts from nothing.', where)
  if (!isResolved(reference) || reference === '')
    return unknown('The base image depends on a variable that has no value here.', where)
  if (/^gcr\.io\/distroless\//.test(reference))
    return pass('The base is distroless, which is smaller than a slim one.', where)
  if (official === '') return fail(`The base ${reference} is not an official image.`, where)
  const slim = /slim|alpine|minimal|distroless/.test(tag) || SMALL.test(official)
  if (slim) return pass(`The base ${official}:${tag || 'latest'} is official and slim.`, where)
  return fail(
    `The base ${official}${tag ? `:${tag}` : ''} is official, but not slim.`,
    where,
    `Use the slim flavour of ${official}, or copy what runs to one.`
  )
}

const rule: Rule = {
  id: 'DOC-1',
  level: 'SHOULD',
  title: 'The base is an official, slim image of the language',
  looksAt: 'FROM of the shipped stage, or of the stage that it starts from',
  fix: 'Start from an official slim image, such as node:24-slim, python:3.13-slim or debian:bookworm-slim.',
  link: links.container,
  *check({ dockerfiles }) {
    for (const { name, base } of dockerfiles) yield judge(base, { file: name, line: base.line })
  }
}
export default rule
