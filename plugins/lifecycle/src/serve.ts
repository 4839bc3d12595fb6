import { DOCKERFLOW_LIFECYCLE_ALREADY_SERVING } from './errors.ts'
import { type ServeOptions, serveRules, validate } from './options.ts'
import type { Servable } from './servable.ts'
import { ServedProcess } from './served-process.ts'

// Of the process, as its signals are: of two apps each would end the process while the other still closes.
let serving = false

/**
 * Runs the app as this process: listens, and answers signals, crashes and memory that runs out. For the app's entry
 * file; call it once, before the app is ready. Resolves once the app listens; when it can't, or when the function
 * that builds it throws, one line says why and the process ends with code 1.
 *
 * Rejects with `DOCKERFLOW_LIFECYCLE_INVALID_OPTION` for a bad option, and with `DOCKERFLOW_LIFECYCLE_ALREADY_SERVING`
 * when it is called again.
 */
export async function serve(servable: Servable, options: ServeOptions = {}): Promise<void> {
  validate(options, serveRules)
  if (serving) throw new DOCKERFLOW_LIFECYCLE_ALREADY_SERVING()
  serving = true
  await new ServedProcess(options).start(servable)
}
