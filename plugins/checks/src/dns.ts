import { Resolver } from 'node:dns/promises'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { oneOf, type Rule, text } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { perRun } from './lib/per-run.ts'

/** The options of `dnsCheck`, beside the engine's. */
export interface DnsCheckOptions extends CheckOptions {
  /**
   * The type of the record.
   * @default 'A'
   */
  type?: 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'SRV' | 'TXT' | undefined
  /**
   * The addresses of the servers to ask, as `dns.setServers()` takes them.
   * @default the system's
   */
  servers?: string[] | undefined
}

const addresses: Rule = {
  accepts(value) {
    try {
      new Resolver().setServers(value as string[])
      return (value as string[]).length > 0
    } catch {
      return false
    }
  },
  expected: 'an array of IP addresses, with or without a port'
}

/**
 * A check of the DNS: whether a name resolves. It asks the servers themselves, once, neither `/etc/hosts` nor
 * the operating system's cache, and takes none of libuv's threads.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const dnsCheck = defineCheck<string, DnsCheckOptions>({
  name: 'dnsCheck',
  client: { accepts: text.accepts, expected: 'a host name' },
  options: { type: oneOf('A', 'AAAA', 'CNAME', 'MX', 'NS', 'SRV', 'TXT'), servers: addresses },
  build(name, { type = 'A', servers, timeout = 2000 }) {
    return perRun(async (_signal, atEnd) => {
      const resolver = new Resolver({ timeout, tries: 1 })
      if (servers !== undefined) resolver.setServers(servers)
      atEnd(() => resolver.cancel())
      await resolver.resolve(name, type)
    })
  }
})
