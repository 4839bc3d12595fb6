import { randomUUID } from 'node:crypto'
import { accessSync, constants, lstatSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** What a report tells beside the process itself. Each member is safe to be read by the platform. */
export type Incident =
  | { type: 'crash'; error: { name: string; message: string; stack: string } }
  | { type: 'memory'; memory: { of: string; used: number; limit: number } }

const maxReports = 20
/** A report, or what a process left that ended while it wrote one. */
const ours = /^(?:(?:crash|memory)-.*\.json|\.[\da-f-]{36}\.partial)$/

/**
 * Throws where `dir` can't be written to.
 *
 * Node could write a report of its own when V8 runs out of heap, but only its command line keeps the environment, with
 * every secret in it, out of that: `process.report.excludeEnv` is passed over when no JavaScript is running.
 */
export function prepareReports(dir: string): void {
  accessSync(dir, constants.W_OK | constants.X_OK)
  prune(dir, maxReports)
}

/** Writes `<type>-<time>-<pid>.json`, which appears whole or not at all. Throws what the file system throws. */
export function writeReport(dir: string, incident: Incident, version: object | undefined): void {
  prune(dir, maxReports - 1)
  const time = new Date().toISOString()
  const name = `${incident.type}-${time.replaceAll(':', '')}-${process.pid}.json`
  const memoryUsage = process.memoryUsage()
  const uptime = Math.round(process.uptime() * 1000)
  const about = {
    hostname: hostname(),
    pid: process.pid,
    node: process.version,
    uptime,
    memoryUsage,
    version
  }
  // Others may write to the directory too: a name that they can't foresee, in a file that isn't there yet, leads to
  // no file of theirs. A link in place of the report itself is replaced, not followed.
  const partial = join(dir, `.${randomUUID()}.partial`)
  try {
    writeFileSync(partial, `${JSON.stringify({ ...incident, time, ...about })}\n`, { flag: 'wx' })
    renameSync(partial, join(dir, name))
  } catch (err) {
    rmSync(partial, { force: true })
    throw err
  }
}

/** Removes the oldest reports until `keep` are left: a process that crashes in a loop must not fill the disk. */
function prune(dir: string, keep: number): void {
  const reports = readdirSync(dir).filter((name) => ours.test(name))
  if (reports.length <= keep) return
  // The platform may take a report away meanwhile.
  const modified = (name: string) => lstatSync(join(dir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const byAge = reports.map((name) => ({ name, at: modified(name) })).sort((one, other) => one.at - other.at)
  for (const { name } of byAge.slice(0, reports.length - keep)) rmSync(join(dir, name), { force: true })
}
