import { anything, boolean, type Rule, rule, text, urlPath } from '@dockerflow/kit/options'
import type { VersionObject } from './version-object.ts'

export interface FastifyVersionOptions {
  /**
   * Path of the route.
   * @default '/__version__'
   */
  url?: string | undefined
  /**
   * Path of the version file. It is read once, while registering.
   * @default '/app/version.json'
   */
  path?: string | undefined
  /**
   * The version object itself, in place of a file; or a function that returns or resolves with it, called
   * once, while registering.
   * @default none: the file counts
   */
  version?: VersionObject | (() => VersionObject | Promise<VersionObject>) | undefined
  /**
   * Leave the route out of the OpenAPI document.
   * @default false
   */
  hide?: boolean | undefined
}

export const rules: Record<keyof FastifyVersionOptions, Rule> = {
  url: urlPath,
  path: rule('the path of a file', text.accepts),
  version: anything,
  hide: boolean
}
