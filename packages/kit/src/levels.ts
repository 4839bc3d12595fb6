/** How bad a message of a check is. The values are those of Python's logging, as in python-dockerflow. */
export const Level = { OK: 0, DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 } as const

const names = new Map<number, string>(
  Object.entries(Level).map(([name, level]) => [level, name.toLowerCase()])
)

/** The name of a level, as payloads and metrics have it; `unknown` for a number that has none. */
export const levelName = (level: number): string => names.get(level) ?? 'unknown'
