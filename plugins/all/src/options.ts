import type { FastifyErrorOptions } from '@dockerflow/error'
import type { FastifyHeartbeatOptions } from '@dockerflow/heartbeat'
import type { FastifyLbheartbeatOptions } from '@dockerflow/lbheartbeat'
import type { FastifyLifecycleOptions } from '@dockerflow/lifecycle'
import type { FastifyMozlogOptions } from '@dockerflow/mozlog'
import type { FastifyStatsdOptions } from '@dockerflow/statsd'
import type { FastifyVersionOptions } from '@dockerflow/version'

/** The options of each plugin, or false to leave it out. */
export interface FastifyDockerflowOptions {
  /**
   * One `request.summary` for each request. The app is to be made with `dockerflowServerOptions()`.
   * @default {}
   */
  mozlog?: FastifyMozlogOptions | false | undefined
  /**
   * The app's connections as it closes, and a limit to bodies in flight.
   * @default {}
   */
  lifecycle?: FastifyLifecycleOptions | false | undefined
  /**
   * `/__lbheartbeat__`.
   * @default {}
   */
  lbheartbeat?: FastifyLbheartbeatOptions | false | undefined
  /**
   * `/__version__`.
   * @default {}
   */
  version?: FastifyVersionOptions | false | undefined
  /**
   * `/__heartbeat__`.
   * @default {}
   */
  heartbeat?: FastifyHeartbeatOptions | false | undefined
  /**
   * Metrics, which go nowhere unless the options or the environment say where.
   * @default {}
   */
  statsd?: FastifyStatsdOptions | false | undefined
  /**
   * `/__error__`, which is off unless the options say otherwise.
   * @default {}
   */
  error?: FastifyErrorOptions | false | undefined
}
