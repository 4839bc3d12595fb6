import { hasMembers } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { perRun } from './lib/per-run.ts'
import { expectStatus, request } from './lib/request.ts'

/** A `Bucket` of `@google-cloud/storage`, as far as the check uses it. */
export interface GcsBucket {
  readonly name: string
  readonly storage: object
}

// What the types of @google-cloud/storage don't show.
interface Storage {
  readonly baseUrl: string
  makeAuthenticatedRequest(
    request: { uri: string },
    options: { onAuthenticated(err: Error | null, authenticated?: Authenticated): void }
  ): unknown
}
interface Authenticated {
  uri: string
  headers?: Headers | Record<string, string>
}

const isStorage = (value: unknown): value is Storage =>
  hasMembers(value) &&
  typeof value.makeAuthenticatedRequest === 'function' &&
  typeof value.baseUrl === 'string'

const maxBody = 65536

/**
 * A check of a bucket of Google Cloud Storage: its metadata are asked for, with the credentials of the client
 * and on a connection of its own. Fails with the code `HTTP_<status>`.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const gcsCheck = defineCheck<GcsBucket>({
  name: 'gcsCheck',
  client: {
    accepts: (value) => hasMembers(value) && typeof value.name === 'string' && isStorage(value.storage),
    expected: 'a Bucket of @google-cloud/storage'
  },
  options: {},
  build({ name, storage }) {
    return perRun(async (signal) => {
      const { uri, headers } = await authenticate(storage as Storage, name)
      const all = headers instanceof Headers ? Object.fromEntries(headers) : headers
      expectStatus(await request(new URL(uri), { headers: all, maxBody, signal }))
    })
  }
})

/** Google's library gets the token, and keeps it until it expires. */
function authenticate(storage: Storage, bucket: string): Promise<Authenticated> {
  const { promise, resolve, reject } = Promise.withResolvers<Authenticated>()
  const uri = `${storage.baseUrl}/b/${encodeURIComponent(bucket)}?fields=name`
  storage.makeAuthenticatedRequest(
    { uri },
    {
      onAuthenticated: (err, authenticated) => (err ? reject(err) : resolve(authenticated as Authenticated))
    }
  )
  return promise
}
