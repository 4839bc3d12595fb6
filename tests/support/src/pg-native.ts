import { createRequire } from 'node:module'
import { buildAddOn, withoutCompiler } from './add-on.ts'
import { without } from './programs.ts'

/** Why `pg-native` can't be compiled here, for the `skip` of a test. */
export const withoutPgNative = (): string | false => withoutCompiler() || without('libpq-dev')

/** Compiles what `pg-native` stands on. `pg.native` works from then on. @param of A file whose package has `pg-native`. */
export const buildPgNative = (of: string): Promise<void> =>
  buildAddOn('libpq', createRequire(of).resolve('pg-native'))
