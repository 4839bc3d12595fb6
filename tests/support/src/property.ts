/**
 * How often fast-check tries a property. `npm test` tries the same values each time, so that it fails only for what was
 * changed; `npm run test:random` tries others at each run, and many more.
 */
export function runs(usual: number, random: number): { numRuns: number; seed?: number } {
  return process.env.RANDOM_VALUES ? { numRuns: random } : { numRuns: usual, seed: 1 }
}
