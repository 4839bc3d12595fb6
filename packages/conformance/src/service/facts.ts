import { ConformanceError } from '../errors.ts'
import { type Answer, ask } from './probe.ts'

export interface ServiceOptions {
  /** Stands before the path of each endpoint, such as `/v1`. */
  prefix?: string | undefined
  /** Sent with each request. */
  headers?: Record<string, string> | undefined
  /**
   * How long each answer may take, in ms.
   * @default 10000
   */
  timeout?: number | undefined
}

/** A running service, and what it answered. */
export interface ServiceFacts {
  /** As it was given. */
  name: string
  version: Answer
  heartbeat: Answer
  lbheartbeat: Answer
  /** The page at `/`, and what is served to it from this origin: undefined where there is no page. */
  page: { assets: Answer[]; elsewhere: number } | undefined
  /** What was answered to paths that lead out of a folder of static files. */
  traversals: Answer[]
}

const TRAVERSALS = [
  '/../../../../../../../../etc/passwd',
  '/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
  '/static/../../../../../../../../etc/passwd',
  '/static/..%2f..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
  '/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd'
]

/** How many files of a page are asked for. */
const ASSET_LIMIT = 20

/**
 * Asks a running service all that the rules look at.
 * @throws ConformanceError where the URL is none, or nothing answers there
 */
export async function readService(name: string, options: ServiceOptions = {}): Promise<ServiceFacts> {
  const { prefix = '', headers, timeout = 10_000 } = options
  const url = URL.parse(name)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConformanceError(`${name} is not an http(s) URL`)
  }
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}${prefix === '' ? '' : `/${prefix.replace(/^\/+|\/+$/g, '')}`}`
  const get = (path: string) => ask(`${base}${path}`, { headers, timeout })
  const [lbheartbeat, version, heartbeat] = await Promise.all([
    get('/__lbheartbeat__'),
    get('/__version__'),
    get('/__heartbeat__')
  ])
  const none = [lbheartbeat, version, heartbeat].every(({ status }) => status === null)
  if (none) throw new ConformanceError(`${url.origin} ${lbheartbeat.failure}`)
  // One that answers too late is not asked for more than it must be.
  if (lbheartbeat.status === null) {
    return { name, version, heartbeat, lbheartbeat, page: undefined, traversals: [] }
  }
  const [root, ...traversals] = await Promise.all([
    get('/'),
    // As they are: URL would resolve the dots, so the path goes in as it is written.
    ...TRAVERSALS.map((path) => ask(`${url.origin}${path}`, { headers, timeout, path }))
  ])
  return {
    name,
    version,
    heartbeat,
    lbheartbeat,
    page: await readPage(root as Answer, headers, timeout),
    traversals
  }
}

async function readPage(root: Answer, headers: Record<string, string> | undefined, timeout: number) {
  if (root.status !== 200 || !/html/.test(root.headers['content-type'] ?? '')) return undefined
  const found = new Set<string>()
  let elsewhere = 0
  const { origin } = new URL(root.url)
  const pattern = /<(?:script\b[^>]*?\ssrc|link\b[^>]*?\shref|img\b[^>]*?\ssrc)\s*=\s*["']?([^"'\s>]+)/gi
  for (const [, path = ''] of root.body.toString().matchAll(pattern)) {
    const asset = URL.parse(path, root.url)
    if (!asset || !/^https?:$/.test(asset.protocol)) continue
    if (asset.origin === origin) found.add(asset.href)
    else elsewhere++
  }
  const urls = [...found].slice(0, ASSET_LIMIT)
  return { assets: await Promise.all(urls.map((url) => ask(url, { headers, timeout }))), elsewhere }
}
