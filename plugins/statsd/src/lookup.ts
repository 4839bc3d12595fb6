import { lookup as dnsLookup } from 'node:dns'
import { isIP } from 'node:net'

type Callback = (err: Error | null, address: string, family: number) => void
type Answer = Parameters<Callback>
type Resolve = (host: string, family: number, callback: Callback) => void

/**
 * A `dns.lookup` of one name that asks once at a time, and keeps the answer, good or bad: a resolver that hangs
 * would else take all the threads of the pool that files and the app's own lookups need.
 *
 * @param ttl how long an answer is kept, in ms
 */
export function cachedLookup(ttl: number, resolve: Resolve = dnsLookup) {
  let answer: Answer | undefined
  let until = 0
  let waiting: Callback[] | undefined

  return (host: string, _family: unknown, callback: Callback): void => {
    // A socket looks up the address that it binds to as well.
    if (isIP(host)) callback(null, host, isIP(host))
    else if (answer && performance.now() < until) callback(...answer)
    else if (waiting) waiting.push(callback)
    else {
      waiting = [callback]
      resolve(host, 4, (...found) => {
        const callbacks = waiting as Callback[]
        waiting = undefined
        answer = found
        until = performance.now() + ttl
        for (const each of callbacks) each(...found)
      })
    }
  }
}
