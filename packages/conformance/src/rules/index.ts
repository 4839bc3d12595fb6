import type { Rule } from '../rule.ts'
import app1 from './app-1.ts'
import app2 from './app-2.ts'
import app2b from './app-2b.ts'
import app3 from './app-3.ts'
import app3a from './app-3a.ts'
import app3b from './app-3b.ts'
import app4 from './app-4.ts'
import app5 from './app-5.ts'
import app5a from './app-5a.ts'
import app5b from './app-5b.ts'
import app5c from './app-5c.ts'
import app5d from './app-5d.ts'
import app5e from './app-5e.ts'
import app6 from './app-6.ts'
import app6a from './app-6a.ts'
import app6b from './app-6b.ts'
import app7 from './app-7.ts'
import app8 from './app-8.ts'
import ci1 from './ci-1.ts'
import ci2 from './ci-2.ts'
import ci3 from './ci-3.ts'
import ci4 from './ci-4.ts'
import ci5 from './ci-5.ts'
import ci6 from './ci-6.ts'
import doc1 from './doc-1.ts'
import doc2 from './doc-2.ts'
import doc3 from './doc-3.ts'
import img1 from './img-1.ts'
import img2 from './img-2.ts'
import img3 from './img-3.ts'
import img4 from './img-4.ts'
import img5 from './img-5.ts'
import k8s1 from './k8s-1.ts'
import k8s2 from './k8s-2.ts'
import k8s3 from './k8s-3.ts'
import k8s4 from './k8s-4.ts'
import l161 from './l16-1.ts'
import l162 from './l16-2.ts'
import mod1 from './mod-1.ts'
import mod2 from './mod-2.ts'
import mod3 from './mod-3.ts'
import mod4 from './mod-4.ts'
import mod5 from './mod-5.ts'
import opt1 from './opt-1.ts'
import opt2 from './opt-2.ts'
import opt3 from './opt-3.ts'
import opt4 from './opt-4.ts'
import x1 from './x-1.ts'
import x2 from './x-2.ts'
import x3 from './x-3.ts'
import x4 from './x-4.ts'
import x5 from './x-5.ts'
import x6 from './x-6.ts'
import x8 from './x-8.ts'
import x9 from './x-9.ts'

/** All rules, in the order in which they are reported. */
export const rules: readonly Rule[] = [
  ci1,
  ci2,
  ci3,
  ci4,
  ci5,
  ci6,
  app1,
  app2,
  app2b,
  app3,
  app3a,
  app3b,
  app4,
  app5,
  app5a,
  app5b,
  app5c,
  app5d,
  app5e,
  app6,
  app6a,
  app6b,
  app7,
  app8,
  img1,
  img2,
  img3,
  img4,
  img5,
  opt1,
  opt2,
  opt3,
  opt4,
  doc1,
  doc2,
  doc3,
  k8s1,
  k8s2,
  k8s3,
  k8s4,
  l161,
  l162,
  mod1,
  mod2,
  mod3,
  mod4,
  mod5,
  x1,
  x2,
  x3,
  x4,
  x5,
  x6,
  x8,
  x9
]
