import { DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast'

/** A stage: its FROM, and the instructions after it. */
interface Stage {
  name: string
  from: string
  instructions: Instruction[]
}

/** What comes after the keyword, flags too. */
const text = (instruction: Instruction) => instruction.getTextContent().replace(/^\S+\s+/, '')

function stagesOf(instructions: Instruction[]): { globals: Map<string, string>; stages: Stage[] } {
  const globals = new Map<string, string>()
  const stages: Stage[] = []
  for (const instruction of instructions) {
    const keyword = instruction.getKeyword()
    const stage = stages.at(-1)
    if (keyword === 'FROM') {
      const [from = '', , name = ''] = text(instruction)
        .replace(/^--\S+ /, '')
        .split(/\s+/)
      stages.push({ name, from, instructions: [] })
    } else if (stage) {
      stage.instructions.push(instruction)
    } else if (keyword === 'ARG') {
      const [name = '', value = ''] = text(instruction).split('=')
      globals.set(name, value)
    }
  }
  return { globals, stages }
}

const exec = (instruction: Instruction | undefined) =>
  Boolean((instruction as JSONInstruction | undefined)?.getOpeningBracket?.())

/** Which rules a RUN breaks, in words: those of hadolint that matter for images of this kind. */
function* ofRun(command: string): Generator<string> {
  if (/\bsudo\b/.test(command)) yield 'sudo in a build'
  if (/\bcurl\b|\bwget\b/.test(command)) yield 'a download that nothing verifies'
  if (/\bapt\s+install/.test(command)) yield 'apt is for people: apt-get'
  if (!/\bapt-get install\b/.test(command)) return
  if (!/apt-get update[\s\S]*apt-get install/.test(command))
    yield 'apt-get install without update in the same RUN'
  if (!/apt-get install[^&]*--yes/.test(command)) yield 'apt-get install asks'
  if (!/--no-install-recommends/.test(command)) yield 'apt-get install brings what is only recommended'
  if (!/rm -rf [^&]*\/var\/lib\/apt\/lists/.test(command) && !/target=\/var\/lib\/apt/.test(command))
    yield "apt's lists stay in the layer"
}

/** Which rules the last stage, which is the image, breaks, in words. */
function* ofImage({ instructions }: Stage): Generator<string> {
  const last = (keyword: string) => instructions.findLast((found) => found.getKeyword() === keyword)
  const user = last('USER')
  // Dockerfile requirements 4 and 5.
  if (!user || text(user) !== 'app') yield 'the user is not app'
  for (const keyword of ['ENTRYPOINT', 'CMD', 'HEALTHCHECK']) {
    const found = last(keyword)
    if (!found) yield `${keyword} is missing`
    else if (keyword === 'HEALTHCHECK' ? !/ CMD \[/.test(` ${text(found)}`) : !exec(found))
      yield `${keyword} is run by a shell, which swallows signals`
  }
  if (/\bnpm\b/.test(`${['ENTRYPOINT', 'CMD'].map((keyword) => last(keyword)?.getTextContent())}`))
    yield 'npm as the command swallows signals'
  if (!last('STOPSIGNAL')) yield 'STOPSIGNAL is missing'
  for (const copy of instructions.filter((found) => found.getKeyword() === 'COPY')) {
    if (/^(?!--from)(?:--\S+ )*\.\/? /.test(text(copy))) yield 'the whole context goes into the image'
    if (/--chown=(?!0|root)/.test(text(copy))) yield 'files belong to who runs them, and can be written'
  }
}

/** Which rules a Dockerfile breaks, in words. */
export function* dockerfileFindings(source: string): Generator<string> {
  const { globals, stages } = stagesOf(DockerfileParser.parse(source).getInstructions())
  const names = new Set(stages.map(({ name }) => name))
  const image = stages.at(-1)
  if (!image) {
    yield 'there is no FROM'
    return
  }
  // With BuildKit's own front end nothing is fetched, and Docker 20.10 can build it.
  if (/^# *syntax=/m.test(source)) yield 'a front end is fetched'
  if (/^(COPY|ADD) .*--(link|parents|exclude)/m.test(source) || /<<-?["']?\w+/.test(source))
    yield "newer than Docker 20.10's BuildKit"
  for (const { from } of stages) {
    let base = from
    while (base.includes('${')) base = base.replace(/\$\{(\w+)\}/, (_, name) => globals.get(name) ?? '')
    if (names.has(base) || base === 'scratch') continue
    if (!/:[^/]+$/.test(base) || /:latest$/.test(base)) yield `the base ${base} has no version`
  }
  for (const instruction of stages.flatMap(({ instructions }) => instructions)) {
    const [keyword, content] = [instruction.getKeyword(), text(instruction)]
    if (keyword === 'ADD') yield 'ADD fetches and unpacks: COPY'
    if (keyword === 'MAINTAINER') yield 'MAINTAINER is a label now'
    if (keyword === 'WORKDIR' && !content.startsWith('/')) yield 'WORKDIR is not absolute'
    if (/^(ARG|ENV)$/.test(keyword) && /\b\w*(TOKEN|SECRET|PASSWORD|PASSWD|API_KEY)\w*=/i.test(content))
      yield `a secret in ${keyword} stays in the image: mount it`
    if (keyword === 'RUN') yield* ofRun(content)
  }
  yield* ofImage(image)
}
