// Gives the workflows and the action, which run the published command `dockerflow`, the version of it that is released
// with them: who pins them by a commit gets one command, not the newest.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'
import { pinCommand } from './pins.ts'

const { version } = JSON.parse(readFileSync(join(root, 'packages/dockerflow/package.json'), 'utf8'))
for (const file of globSync('.github/{workflows/*,actions/*/action}.yml', { cwd: root })) {
  const path = join(root, file)
  const source = readFileSync(path, 'utf8')
  const text = pinCommand(source, version)
  if (text !== source) writeFileSync(path, text)
}
