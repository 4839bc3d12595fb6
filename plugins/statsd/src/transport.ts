import { createSocket } from 'node:dgram'
import { createRequire } from 'node:module'
import { isIPv6 } from 'node:net'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { DOCKERFLOW_STATSD_NO_UNIX_SOCKETS } from './errors.ts'
import { cachedLookup } from './lookup.ts'

/** How packets get to statsd. */
export interface Transport {
  /** The bytes that a packet holds at most. */
  readonly size: number
  /** Resolves once the packet has left this process; rejects when it can't. */
  send(packet: Buffer): Promise<void>
  close(): void
}

const dnsTtl = 60_000

/** @param onError called with what goes wrong between two packets */
export function udp(host: string, port: number, onError: (err: Error) => void): Transport {
  const type = isIPv6(host) ? 'udp6' : 'udp4'
  const socket = createSocket({ type, lookup: cachedLookup(dnsTtl) })
    .on('error', onError)
    .unref()
  return {
    size: 1432, // what fits an Ethernet frame
    send: (packet) =>
      new Promise((resolve, reject) => {
        socket.send(packet, port, host, (err) => (err ? reject(err) : resolve()))
      }),
    close: () => void socket.close()
  }
}

/** What is used of unix-dgram, which has no types. */
interface UnixDgram {
  createSocket(type: 'unix_dgram'): {
    send(
      packet: Buffer,
      offset: number,
      length: number,
      path: string,
      callback: (err?: Error & { errno: number }) => void
    ): void
    close(): void
  }
}

/** A receiver that is behind: there is room again soon, or never. */
const busy = [-constants.errno.EAGAIN, -constants.errno.ENOBUFS]
const pause = 10
/** The longest that one packet waits for a receiver that is behind, in ms. */
const patience = 500

/** Throws DOCKERFLOW_STATSD_NO_UNIX_SOCKETS. */
export function unix(path: string): Transport {
  const socket = loadUnixDgram().createSocket('unix_dgram')
  const send = (packet: Buffer) =>
    new Promise<number>((resolve, reject) => {
      // Addressed each time, not connected once: a receiver that was started again is found at once.
      socket.send(packet, 0, packet.length, path, (err) => {
        if (err && !busy.includes(err.errno)) reject(err)
        else resolve(err ? err.errno : 0)
      })
    })
  return {
    size: 8192,
    async send(packet) {
      for (const start = performance.now(); (await send(packet)) !== 0; ) {
        if (performance.now() - start > patience) throw new Error('the receiver does not read')
        await sleep(pause, undefined, { ref: false })
      }
    },
    close: () => socket.close()
  }
}

function loadUnixDgram(): UnixDgram {
  try {
    return createRequire(import.meta.url)('unix-dgram')
  } catch (cause) {
    throw Object.assign(new DOCKERFLOW_STATSD_NO_UNIX_SOCKETS(), { cause })
  }
}
