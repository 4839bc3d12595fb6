import { hasMembers, type Rule } from '@dockerflow/kit/options'

/** Where a socket connects to. */
export const hasAddress: Rule = {
  accepts: (value) => hasMembers(value) && (isPort(value.port) || typeof value.path === 'string'),
  expected: 'an object with a port and a host, or with a path'
}

const isPort = (value: unknown) => Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536
