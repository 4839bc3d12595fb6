/** How long to wait after an answer before asking again, in milliseconds. */
const PAUSE = 2000
/** How long to wait for an answer, in milliseconds. */
const PATIENCE = 5000

interface Status {
  version: Record<string, unknown> | null
  heartbeat: {
    status: string
    checks: Record<string, string>
    details: Record<string, { messages: Record<string, string> }>
  }
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`no element has the id ${id}`)
  return element
}

/** Changes the page only where it differs: a screen reader reads what changed, not the page every two seconds. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

function make(tag: string, text: string, className = ''): HTMLElement {
  const element = document.createElement(tag)
  element.className = className
  element.textContent = text
  return element
}

function makeLevel(level: string): HTMLElement {
  const element = make('span', level, 'level')
  element.dataset.level = level
  return element
}

function replace(element: HTMLElement, children: HTMLElement[]): void {
  const next = element.cloneNode(false) as HTMLElement
  next.append(...children)
  if (element.innerHTML !== next.innerHTML) element.replaceChildren(...next.childNodes)
}

function show({ version, heartbeat }: Status): void {
  showOverall(heartbeat.status)
  const checks = Object.entries(heartbeat.checks).map(([name, level]) => {
    const item = make('li', '')
    item.append(make('span', name), makeLevel(level))
    const messages = Object.entries(heartbeat.details[name]?.messages ?? {})
    item.append(...messages.map(([id, message]) => make('p', `${id}: ${message}`, 'messages')))
    return item
  })
  replace(byId('checks'), checks)
  byId('no-checks').hidden = checks.length > 0

  const members = Object.entries(version ?? {}).filter(([, value]) => value !== '')
  replace(
    byId('version'),
    members.flatMap(([name, value]) => [make('dt', name), make('dd', String(value))])
  )
  byId('no-version').hidden = version !== null
}

function showOverall(level: string): void {
  const overall = byId('overall')
  setText(overall, level)
  overall.dataset.level = level
}

async function ask(): Promise<void> {
  try {
    const response = await fetch('/status', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) })
    if (!response.ok) throw new Error(`the service answered ${response.status}`)
    show(await response.json())
    setText(byId('seen'), new Date().toLocaleTimeString())
  } catch {
    showOverall('unreachable')
  }
  setTimeout(ask, PAUSE)
}

ask()
