import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'

/** Docker and Podman put these into each container. */
const marks = ['/.dockerenv', '/run/.containerenv']

/**
 * Whether this process runs in a container whose host name others would use to reach it: in Kubernetes, on Cloud
 * Run, or under Docker or Podman.
 *
 * @param exists says whether there is such a file
 */
export function isContainer(env: NodeJS.ProcessEnv, exists = existsSync): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST || env.K_SERVICE) || marks.some((mark) => exists(mark))
}

/** Whether an address can be reached from this host, or this container, alone. */
export function isLoopback(address: AddressInfo | string): boolean {
  return typeof address !== 'string' && /^(?:::ffff:)?127\.|^::1$/.test(address.address)
}
