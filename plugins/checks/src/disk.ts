import { statfs } from 'node:fs/promises'
import type { CheckOptions } from '@dockerflow/heartbeat'
import { fraction, text } from '@dockerflow/kit/options'
import { defineCheck } from './lib/define-check.ts'
import { warningOrError } from './lib/messages.ts'
import { oneQuestion } from './lib/one-question.ts'

/** The options of `diskCheck`, beside the engine's. */
export interface DiskCheckOptions extends CheckOptions {
  /**
   * A warning is shown when less than this part of the file system is free.
   * @default 0.1
   */
  warnBelow?: number | undefined
  /**
   * The check fails when less than this part of the file system is free.
   * @default 0.02
   */
  failBelow?: number | undefined
}

const low = warningOrError('011', 'the file system is almost full')

/**
 * A check of the free space, for users other than root, of the file systems that these paths are on.
 * Throws DOCKERFLOW_CHECKS_INVALID_CLIENT or DOCKERFLOW_CHECKS_INVALID_OPTION.
 */
export const diskCheck = defineCheck<string | string[], DiskCheckOptions>({
  name: 'diskCheck',
  client: {
    accepts: (value) => [value].flat().every(text.accepts) && [value].flat().length > 0,
    expected: 'a path, or an array of paths'
  },
  options: { warnBelow: fraction, failBelow: fraction },
  build(paths, { warnBelow = 0.1, failBelow = 0.02 }) {
    // A mount that hangs holds one of libuv's four threads until it is back: hence one after the other, and no
    // second question while the first is open.
    const ask = oneQuestion(async (paths: string[]) => {
      const parts: number[] = []
      for (const path of paths) {
        const { bavail, blocks } = await statfs(path)
        parts.push(blocks === 0 ? 1 : bavail / blocks)
      }
      return Math.min(...parts)
    })
    const all = [paths].flat()
    return async ({ signal }) => {
      const free = await ask(all, signal)
      if (free < failBelow) return low('E')
      if (free < warnBelow) return low('W')
    }
  }
})
