import { Resolver } from 'node:dns/promises'
import { without } from './programs.ts'
import { Service } from './service.ts'

export const withoutDnsmasq = (): string | false => without('dnsmasq-base')

/** A DNS server of its own, for UDP and TCP, that knows `db.example` (127.0.0.1) and no other name. */
export class DnsServer extends Service {
  static create(): Promise<DnsServer> {
    return DnsServer.launch({
      program: 'dnsmasq',
      args: (port) => [
        '--no-daemon',
        '--conf-file=/dev/null',
        '--no-resolv',
        '--no-hosts',
        '--bind-interfaces',
        '--listen-address=127.0.0.1',
        `--port=${port}`,
        '--host-record=db.example,127.0.0.1',
        '--local=/example/',
        // Started by root it would become a user who may not use its folder.
        ...(process.getuid?.() === 0 ? ['--user=root'] : [])
      ],
      ready: resolves
    })
  }
}

async function resolves(port: number): Promise<boolean> {
  const resolver = new Resolver({ timeout: 200, tries: 1 })
  resolver.setServers([`127.0.0.1:${port}`])
  try {
    await resolver.resolve4('db.example')
    return true
  } catch {
    return false
  }
}
