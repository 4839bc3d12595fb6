// Writes the template into one file, as the package has it: each file's text, that of the TypeScript also without its
// types, and the versions that the template is tested with. A folder would lose its .gitignore when it is packed.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

const template = new URL('template/', import.meta.url)
const readJson = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))

/** Of TypeScript that only has types to lose, what is left: lines that were types alone are gone. */
function withoutTypes(source) {
  process.removeAllListeners('warning').on('warning', () => {}) // it is experimental
  // Types become blanks of the same length: what is blank now, and was not, was a type.
  // Types become blanks of the same length. Of a run of blanks in which was a type, one at most is left.
  const blanked = stripTypeScriptTypes(source)
  const lines = source.split('\n')
  let at = 0
  return lines
    .flatMap((line) => {
      const left = blanked
        .slice(at, at + line.length)
        .replace(/ +/g, (blanks, i) => {
          const was = line.slice(i, i + blanks.length)
          return was.trim() === '' ? blanks : was.replace(/\S.*\S|\S/, '').slice(0, 1)
        })
        .trimEnd()
      at += line.length + 1
      const emptied = line.trim() !== '' && /^\s*(?:\/\/\? .*)?$/.test(left) && left.trim() !== line.trim()
      return emptied ? [] : [left]
    })
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/(from '\.[^']*)\.ts'/g, "$1.js'")
}

const files = {}
// Without what only this machine has, such as node_modules.
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  cwd: template,
  encoding: 'utf8'
})
for (const path of listed
  .split('\0')
  .filter((path) => path && existsSync(new URL(path, template)))
  .sort()) {
  const text = readFileSync(new URL(path, template), 'utf8')
  const executable = (statSync(new URL(path, template)).mode & 0o100) !== 0
  files[path] = {
    text,
    ...(executable && { executable }),
    ...(path.endsWith('.ts') && { javascript: withoutTypes(text) })
  }
}

const { dependencies, devDependencies } = readJson('template/package.json')
const versions = Object.fromEntries(
  Object.keys({ ...dependencies, ...devDependencies }).map((name) => [
    name,
    readJson(`template/node_modules/${name}/package.json`).version
  ])
)
versions['fastify-plugin'] = readJson('node_modules/fastify-plugin/package.json').version
versions.pnpm = readJson('../../package.json').dependencies.pnpm
versions.yarn = readJson('node_modules/@yarnpkg/cli-dist/package.json').version

writeFileSync(new URL('dist/templates.json', import.meta.url), JSON.stringify({ files, versions }))
