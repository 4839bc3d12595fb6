import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { without } from '@dockerflow/testing/programs'
import { root } from '@dockerflow/testing/root'
import type { Step } from '@dockerflow/testing/workflows'
import { DockerfileParser } from 'dockerfile-ast'
import { test } from 'tap'
import { parse } from 'yaml'

const skip = without('shellcheck')

/** What shellcheck says of a script; nothing where it is clean. */
function shellcheck(script: string, shell = 'bash'): string {
  const { stdout, error } = spawnSync('shellcheck', [`--shell=${shell}`, '--severity=style', '-'], {
    input: script,
    encoding: 'utf8'
  })
  if (error) throw error
  return stdout
}

const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('shellcheck finds what is wrong', { skip }, async (t) => {
  t.match(shellcheck('rm -rf $1/bin\n'), /SC2086/)
})

test('the shell scripts of the repository pass shellcheck', { skip }, async (t) => {
  const folders = [
    '.ci',
    'docker/base/bin',
    'docker/bin',
    'docker/build/bin',
    'tests/container/test/fixtures/*',
    '{packages,plugins}/*/bin'
  ]
  const files = globSync(
    folders.map((folder) => `${folder}/*`),
    { cwd: root }
  ).sort()
  const scripts = files.filter((path) => /^#!.*\b(ba)?sh\n/.test(read(path)))
  for (const path of ['.ci/run', 'docker/build/bin/build']) t.ok(scripts.includes(path), path)
  for (const path of scripts) t.equal(shellcheck(read(path)), '', path)
})

test('what the workflows and actions run passes shellcheck', { skip }, async (t) => {
  for (const path of globSync('.github/{workflows/*,actions/*/action}.yml', { cwd: root }).sort()) {
    const document = parse(read(path))
    const jobs: { steps?: Step[] }[] = document.runs ? [document.runs] : Object.values(document.jobs)
    for (const { run, id, name } of jobs.flatMap(({ steps = [] }) => steps)) {
      if (run) t.equal(shellcheck(`${run}\n`), '', `${path}: ${name ?? id ?? run.split('\n', 1)[0]}`)
    }
  }
})

test('what the Dockerfile runs passes shellcheck', { skip }, async (t) => {
  const instructions = DockerfileParser.parse(read('docker/Dockerfile')).getInstructions()
  const shells = instructions.filter((instruction) => instruction.getKeyword() === 'RUN')
  t.ok(shells.length > 3)
  for (const instruction of shells) {
    // BuildKit's flags come before the command, and ARG and ENV are the environment of it.
    const command = (instruction.getRawArgumentsContent() ?? '').replace(/^(?:--\w+=\S+(?:\s|\\\n)+)+/, '')
    t.equal(shellcheck(`${command}\n`, 'dash'), '', command)
  }
})

test('the commands in the documents pass shellcheck', { skip }, async (t) => {
  const pages = globSync('docs/{*,guides/*}.md', { cwd: root }).sort()
  const commands = pages.map((path): [string, string] => [
    path,
    [...read(path).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block).join('\n')
  ])
  t.ok(commands.filter(([, script]) => script !== '').length > 3)
  for (const [path, script] of commands) if (script !== '') t.equal(shellcheck(script), '', path)
})
