import { isResolved } from './expand.ts'

/** Whose `adduser` an image has: Debian's, busybox', or the one of Red Hat's family, which is useradd. */
export type Family = 'debian' | 'alpine' | 'redhat' | 'none'

/** What is known of an image that a stage starts from. */
export interface Base {
  /** As the Dockerfile names it, variables filled in. */
  reference: string
  line: number
  /** `scratch`; `known`: its accounts and instructions are; `unknown`: it may have anything. */
  kind: 'scratch' | 'known' | 'unknown'
  family: Family
  /** The name of an official image, such as `node`; blank for others. */
  official: string
  tag: string
  digest: string
}

// Official images that run as root and have no user `app`, nor an ENTRYPOINT or CMD that starts anyone's service.
const DEBIAN =
  'buildpack-deps debian elixir erlang gcc golang haskell httpd julia maven nginx node openjdk perl php pypy python ' +
  'r-base redis ruby rust ubuntu eclipse-temurin clojure dart gradle groovy postgres mysql mariadb tomcat caddy haproxy ' +
  'memcached swift rabbitmq'
const ALPINE = 'alpine busybox bash docker traefik nats registry'
const REDHAT = 'almalinux amazoncorretto amazonlinux centos fedora oraclelinux rockylinux photon'

const FAMILIES = new Map<string, Family>([
  ...DEBIAN.split(' ').map((name): [string, Family] => [name, 'debian']),
  ...ALPINE.split(' ').map((name): [string, Family] => [name, 'alpine']),
  ...REDHAT.split(' ').map((name): [string, Family] => [name, 'redhat'])
])

/** Registries that mirror the official images under their own names. */
const MIRRORS =
  /^(?:docker\.io\/library|index\.docker\.io\/library|registry\.hub\.docker\.com\/library|docker\.io|public\.ecr\.aws\/docker\/library|mirror\.gcr\.io\/library|mirror\.gcr\.io|library)\//

/** What `reference`, which an instruction in `line` names, is known to be. */
export function baseOf(reference: string, line: number): Base {
  const base: Base = { reference, line, kind: 'unknown', family: 'none', official: '', tag: '', digest: '' }
  if (reference === 'scratch') return { ...base, kind: 'scratch' }
  const [withoutDigest = '', digest = ''] = reference.split('@')
  const at = withoutDigest.lastIndexOf(':')
  const tagged = at > withoutDigest.lastIndexOf('/')
  const repository = tagged ? withoutDigest.slice(0, at) : withoutDigest
  const tag = tagged ? withoutDigest.slice(at + 1) : ''
  const name = repository.replace(MIRRORS, '')
  const family = FAMILIES.get(name)
  if (!isResolved(repository)) return { ...base, tag, digest }
  if (family) {
    const alpine = /(?:^|[-.])alpine/.test(tag)
    return { ...base, kind: 'known', family: alpine ? 'alpine' : family, official: name, tag, digest }
  }
  if (/^gcr\.io\/distroless\//.test(repository)) return { ...base, kind: 'known', tag, digest }
  return { ...base, tag, digest }
}
