import { boolean, type Rule, urlPath } from '@dockerflow/kit/options'

export interface FastifyLbheartbeatOptions {
  /**
   * Path of the route.
   * @default '/__lbheartbeat__'
   */
  url?: string | undefined
  /**
   * Answer 503 until the app calls `ready()`.
   * @default false
   */
  waitForReady?: boolean | undefined
  /**
   * Leave the route out of the OpenAPI document.
   * @default false
   */
  hide?: boolean | undefined
}

export const rules: Record<keyof FastifyLbheartbeatOptions, Rule> = {
  url: urlPath,
  waitForReady: boolean,
  hide: boolean
}
