import type { Where } from '../schema.ts'

/** One start of an image: what was asked of it, and what it did. */
export interface RunFacts {
  /** The image. */
  name: string
  findings: RunFinding[]
}

/** What a run says of one rule. */
export interface RunFinding {
  where: Where
  id: string
  verdict: 'pass' | 'fail' | 'unknown'
  message: string
  /** Where this has a shorter fix than the rule's own. */
  fix?: string
}
