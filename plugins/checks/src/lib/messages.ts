import type { CheckMessage } from '@dockerflow/heartbeat'

// The levels of @dockerflow/heartbeat, of which only types are imported here. Texts never hold a host, a user or
// anything that a server said: they leave the process.

/** The server takes no writes. It fails the check where the app needs to write. */
export const readOnly = (writable: boolean): CheckMessage =>
  writable
    ? { level: 40, id: 'dockerflow.health.E002', message: 'the server is read-only' }
    : { level: 20, id: 'dockerflow.health.I002', message: 'the server is a read-only replica' }

/** Each connection of the app's pool is in use, and more is asked for. The server itself is fine. */
export const poolSaturated = (): CheckMessage => ({
  level: 30,
  id: 'dockerflow.health.W002',
  message: "the app's pool is saturated"
})
