import { fileURLToPath } from 'node:url'

/** The root of the repository, which is also the build's context. */
export const root = fileURLToPath(new URL('../../..', import.meta.url))
