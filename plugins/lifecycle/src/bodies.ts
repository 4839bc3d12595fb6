import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify'
import { DOCKERFLOW_LIFECYCLE_BODIES_FULL } from './errors.ts'

/** A body on its way to Fastify's parser, which keeps all of it. Takes nothing until it is read. */
class CountedBody extends Readable {
  readonly #source: RequestPayload
  readonly #count: (bytes: number) => boolean
  #started = false

  /** @param count takes the bytes of a chunk, and says whether there is room for them */
  constructor(source: RequestPayload, count: (bytes: number) => boolean) {
    super()
    this.#source = source
    this.#count = count
  }

  override _read(): void {
    const source = this.#source
    if (this.#started) {
      source.resume()
      return
    }
    this.#started = true
    const onData = (chunk: Buffer) => {
      if (!this.#count(chunk.length)) {
        source.off('data', onData)
        this.destroy(new DOCKERFLOW_LIFECYCLE_BODIES_FULL())
      } else if (!this.push(chunk)) source.pause()
    }
    source.on('data', onData)
    source.once('end', () => this.push(null))
    source.once('error', (err) => this.destroy(err))
  }
}

/** Whether a request may have a body; in HTTP/2 it needs no header for that. */
const hasBody = ({ headers, raw }: FastifyRequest) =>
  headers['content-length'] !== undefined ||
  headers['transfer-encoding'] !== undefined ||
  raw.httpVersionMajor === 2

/**
 * Answers 503 once the bodies in flight, each from its first byte until its request is answered, would pass `max`
 * bytes. Counts what Fastify's parsers collect; a handler that reads its body as a stream keeps little of it.
 */
export function limitBodies(fastify: FastifyInstance, max: number): void {
  let total = 0
  const frees = new WeakMap<FastifyRequest, () => void>()

  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (!hasBody(request)) return done()
    let held = 0
    let counting = true
    const free = () => {
      total -= held
      held = 0
      counting = false
    }
    frees.set(request, free)
    reply.raw.once('close', free)
    const body = new CountedBody(payload, (bytes) => {
      if (!counting) return true
      if (total + bytes > max) {
        reply.header('retry-after', '1')
        free()
        return false
      }
      total += bytes
      held += bytes
      return true
    })
    done(null, body)
  })

  fastify.addHook('preValidation', (request, _reply, done) => {
    if (!request.raw.complete) frees.get(request)?.()
    done()
  })
}
