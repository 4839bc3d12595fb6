import { boolean, type Rule, rule, urlPath } from '@dockerflow/kit/options'

export interface FastifyErrorOptions {
  /**
   * Path of the route.
   * @default '/__error__'
   */
  url?: string | undefined
  /**
   * Whether there is a route.
   * @default true with a `token`, else false
   */
  enabled?: boolean | undefined
  /**
   * The bearer token that callers must send. Visible ASCII characters.
   * @default none: with `enabled`, anyone may call it
   */
  token?: string | undefined
  /**
   * Leave the route out of the OpenAPI document.
   * @default false
   */
  hide?: boolean | undefined
}

export const rules: Record<keyof FastifyErrorOptions, Rule> = {
  url: urlPath,
  enabled: boolean,
  token: rule(
    'a string of visible ASCII characters',
    (value) => typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
  ),
  hide: boolean
}
