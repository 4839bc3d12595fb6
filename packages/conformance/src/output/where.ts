import type { Where } from '../schema.ts'

/** A place, as people read it. */
export function placeName(where: Where): string {
  if (where === null) return ''
  if ('file' in where) return `${where.file}:${where.line}`
  if ('url' in where) return where.status === null ? where.url : `${where.url} (${where.status})`
  return `image: ${where.path} (layer ${where.layer.replace(/^sha256:/, '').slice(0, 12)})`
}
