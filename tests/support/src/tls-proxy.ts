import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificates.ts'

/** Speaks TLS for a server of the loopback interface that doesn't. */
export class TlsProxy {
  readonly port: number
  readonly #server: Server
  readonly #clients = new Set<TLSSocket>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  static async create(certificate: Certificate, targetPort: number): Promise<TlsProxy> {
    const server = createServer(certificate)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const proxy = new TlsProxy(server)
    server.on('secureConnection', (client) => {
      proxy.#clients.add(client)
      const upstream = connect(targetPort, '127.0.0.1')
      client.pipe(upstream).pipe(client)
      client.on('error', () => upstream.destroy())
      upstream.on('error', () => client.destroy())
      client.on('close', () => {
        proxy.#clients.delete(client)
        upstream.destroy()
      })
      upstream.on('close', () => client.destroy())
    })
    server.on('tlsClientError', () => {})
    return proxy
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const client of this.#clients) client.destroy()
  }
}
