import type { Rule } from '../rule.ts'
import img1 from './img-1.ts'
import img4 from './img-4.ts'
import img5 from './img-5.ts'

/** All rules, in the order in which they are reported. */
export const rules: readonly Rule[] = [img1, img4, img5]
