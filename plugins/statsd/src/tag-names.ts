/** The name that Prometheus knows the tag, or metric, by. */
export const identifier = (text: string): string => text.replace(/^(?=\d)|[^a-zA-Z0-9_]/g, '_')

/** Prometheus's own: `__name__` is the metric itself, `le` and `quantile` the buckets of a histogram or summary. */
const reserved = /^(?:__.*|le|quantile)$/

/** Why a tag can't have this name; undefined where it can. */
export function faultOfTagName(name: string): string | undefined {
  if (name === '') return 'must have a name'
  return reserved.test(identifier(name)) ? 'has a name that Prometheus keeps for itself' : undefined
}
