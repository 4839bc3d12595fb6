import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { readDockerfile } from '../src/dockerfile/stages.ts'
import { readImageSet } from '../src/image/read.ts'
import { readRepository } from '../src/repository/facts.ts'
import type { Facts, Finding, Rule } from '../src/rule.ts'
import type { RunFinding } from '../src/run/facts.ts'
import { readService } from '../src/service/facts.ts'
import { archive, type ImageSpec, layout, saved, writeFiles } from './fixtures/image.ts'

/** Makes the facts of a case. */
export type Given = (t: Test) => Facts | Promise<Facts>

const nothing: Facts = {
  dockerfiles: [],
  repository: undefined,
  imageSets: [],
  services: [],
  runs: [],
  mozcloud: false
}

/** A Dockerfile alone. */
export const dockerfile =
  (text: string, target?: string): Given =>
  () => ({ ...nothing, dockerfiles: [readDockerfile(text, 'Dockerfile', target)] })

/** A repository with these files. */
export const repository =
  (files: Record<string, string>, { git = false, ...more }: Partial<Facts> & { git?: boolean } = {}): Given =>
  (t) => {
    const root = t.testdir(git ? { '.git': { HEAD: 'ref: refs/heads/main\n' } } : {})
    writeFiles(root, new Map(Object.entries(files)))
    const found = readRepository(root, '.')
    const dockerfiles = found.dockerfiles.map((file) => readDockerfile(files[file] ?? '', file))
    return { ...nothing, repository: found, dockerfiles, ...more }
  }

/** A manifest of Kubernetes, alone in a repository. */
export const manifest = (text: string, more?: Partial<Facts>): Given =>
  repository({ 'k8s/all.yaml': text }, more)

/** An image of docker save. */
export const image =
  (spec: ImageSpec = {}): Given =>
  async (t) => {
    const path = join(t.testdir({}), 'image.tar')
    writeFileSync(path, saved(spec))
    return { ...nothing, imageSets: [await readImageSet(path, 'image.tar')] }
  }

/** An OCI archive, whose files may be changed before it is packed. */
export const index =
  (
    specs: ImageSpec[],
    options?: Parameters<typeof layout>[1],
    change: (files: Map<string, Buffer>) => void = () => {}
  ): Given =>
  async (t) => {
    const path = join(t.testdir({}), 'image.tar')
    const files = layout(specs, options)
    change(files)
    writeFileSync(path, archive(files))
    return { ...nothing, imageSets: [await readImageSet(path, 'image.tar')] }
  }

export type Reply = [status: number, body?: string, headers?: Record<string, string>] | RequestListener

/** Answers by path; 404 to others. */
export async function serve(t: Test, replies: Record<string, Reply>): Promise<string> {
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    const reply = replies[req.url ?? ''] ?? [404, 'not found']
    if (typeof reply === 'function') return void reply(req, res)
    const [status, body = '', headers = {}] = reply
    res.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A running service that answers so. */
export const service =
  (replies: Record<string, Reply>, options: Parameters<typeof readService>[1] = {}): Given =>
  async (t) => ({
    ...nothing,
    services: [await readService(await serve(t, replies), { timeout: 20_000, ...options })]
  })

/** What a run found. */
export const run =
  (...findings: RunFinding[]): Given =>
  () => ({ ...nothing, runs: [{ name: 'shop:1', findings }] })

/** Several facts as one. */
export const together =
  (...givens: Given[]): Given =>
  async (t) => {
    const all = await Promise.all(givens.map((given) => given(t)))
    return {
      ...nothing,
      dockerfiles: all.flatMap(({ dockerfiles }) => dockerfiles),
      repository: all.find((facts) => facts.repository)?.repository,
      imageSets: all.flatMap(({ imageSets }) => imageSets),
      services: all.flatMap(({ services }) => services),
      runs: all.flatMap(({ runs }) => runs)
    }
  }

/** What a rule finds. */
export const findings = async (t: Test, rule: Rule, given: Given): Promise<Finding[]> => [
  ...rule.check(await given(t))
]

interface Cases {
  /** Each passes, and fails in no place. */
  good: Record<string, Given>
  /** Each fails, with a message like this. */
  bad: Record<string, [given: Given, message: RegExp, line?: number]>
  /** Each can't be judged. */
  unclear?: Record<string, Given>
}

/** Judges a rule by what it makes of its fixtures. */
export function judges(rule: Rule, { good, bad, unclear = {} }: Cases): void {
  test(`${rule.id} says what it looks at, how to fix it, and where it comes from`, async (t) => {
    t.match(rule.id, /^[A-Z0-9]+-\d+[a-z]?$/)
    t.match(rule.level, /^(?:MUST|SHOULD|MAY)$/)
    for (const text of [rule.title, rule.looksAt, rule.fix]) t.match(text, /\w/)
    t.match(rule.link, /^https:/)
  })
  for (const [name, given] of Object.entries(good)) {
    test(`${rule.id} passes: ${name}`, async (t) => {
      const verdicts = (await findings(t, rule, given)).map(({ verdict, message }) => [verdict, message])
      t.ok(
        verdicts.some(([verdict]) => verdict === 'pass'),
        JSON.stringify(verdicts)
      )
      t.notOk(
        verdicts.some(([verdict]) => verdict === 'fail'),
        JSON.stringify(verdicts)
      )
    })
  }
  for (const [name, [given, message, line]] of Object.entries(bad)) {
    test(`${rule.id} fails: ${name}`, async (t) => {
      const fails = (await findings(t, rule, given)).filter(({ verdict }) => verdict === 'fail')
      const [found] = fails.filter(({ message: text }) => message.test(text))
      t.ok(found, JSON.stringify(fails))
      if (line !== undefined) t.match(found?.where, { line })
      t.not(found?.where, null, 'a fail says where')
    })
  }
  for (const [name, given] of Object.entries(unclear)) {
    test(`${rule.id} can't tell: ${name}`, async (t) => {
      const verdicts = (await findings(t, rule, given)).map(({ verdict }) => verdict)
      t.notOk(
        verdicts.some((verdict) => verdict !== 'unknown'),
        verdicts.join()
      )
    })
  }
}
