import { createRequire } from 'node:module'
import { Service } from './service.ts'

const library = createRequire(import.meta.url).resolve('@20minutes/s3rver')
const program = `
const [library, port, directory] = process.argv.slice(1)
const S3rver = require(library)
new S3rver({
  address: '127.0.0.1',
  port: Number(port),
  directory,
  silent: true,
  allowMismatchedSignatures: true,
  configureBuckets: [{ name: 'demo' }]
}).run()`

/**
 * A server of its own that speaks S3, with the bucket `demo` and the access key `S3RVER`. Any secret will do: it
 * calculates other signatures than today's clients of Amazon do.
 */
export class S3Server extends Service {
  static create(): Promise<S3Server> {
    return S3Server.launch({
      program: 'node',
      args: (port, folder) => ['-e', program, library, `${port}`, folder]
    })
  }
}
