const MEMBERS: Record<string, (value: unknown) => boolean> = {
  Timestamp: (value) => typeof value === 'number' && value > 0,
  Type: (value) => typeof value === 'string',
  Logger: (value) => typeof value === 'string',
  Hostname: (value) => typeof value === 'string',
  EnvVersion: (value) => typeof value === 'string',
  Severity: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 7,
  Pid: (value) => Number.isInteger(value),
  Fields: (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Whether a line of a log is a mozlog record: its members, and their types. What is in `Fields` is the service's own.
 * @see https://wiki.mozilla.org/Firefox/Services/Logging
 */
export function isMozlog(line: string): boolean {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch {
    return false
  }
  if (typeof record !== 'object' || record === null || !('Timestamp' in record)) return false
  return Object.entries(record).every(([name, value]) => !(name in MEMBERS) || MEMBERS[name]?.(value))
}
