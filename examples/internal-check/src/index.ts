import { defineCheck, positive } from '@dockerflow/checks'
import { type CheckOptions, critical, warning } from '@dockerflow/heartbeat'

/** The options of `ledgerCheck`, beside those of the heartbeat, which become this check's defaults. */
export interface LedgerCheckOptions extends CheckOptions {
  /**
   * The number of waiting bookings from which on there is a warning.
   * @default 1000
   */
  maxWaiting?: number
}

/**
 * A check of the ledger at a URL: it is critical when the ledger is read-only, a warning when bookings pile up.
 * A ledger that does not answer makes it throw, which the heartbeat counts as an error.
 */
export const ledgerCheck = defineCheck<string, LedgerCheckOptions>({
  name: 'ledgerCheck',
  client: { accepts: (url) => typeof url === 'string' && URL.canParse(url), expected: 'a URL' },
  options: { maxWaiting: positive },
  build(url, { maxWaiting = 1000 }) {
    const address = new URL('/state', url)
    return async ({ signal }) => {
      const response = await fetch(address, { signal, redirect: 'error' })
      if (!response.ok) throw new Error(`the ledger answered ${response.status}`)
      const { readOnly, waiting } = (await response.json()) as { readOnly?: boolean; waiting?: number }
      if (readOnly) return critical('acme.ledger.C001', 'the ledger is read-only')
      if (typeof waiting !== 'number') throw new Error('the ledger told no number of waiting bookings')
      if (waiting >= maxWaiting) return warning('acme.ledger.W001', 'too many bookings wait')
    }
  }
})
