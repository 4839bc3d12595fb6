// `npm run repository -- OWNER/NAME`: puts the repository's real name wherever the one of package.json stands.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'

const [name = ''] = process.argv.slice(2)
const { repository }: { repository: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

if (!/^[\w.-]+\/[\w.-]+$/.test(name)) {
  process.stderr.write(`usage: npm run repository -- OWNER/NAME, as on GitHub; now it is ${repository}\n`)
  process.exitCode = 2
} else {
  const files = execFileSync('git', ['grep', '-lIFz', '-e', repository], { cwd: root, encoding: 'utf8' })
  for (const file of files.split('\0').filter(Boolean)) {
    const path = join(root, file)
    // Not where it is the beginning of a longer name.
    const pattern = new RegExp(`${repository.replaceAll('.', '\\.')}(?![\\w-])`, 'g')
    writeFileSync(path, readFileSync(path, 'utf8').replace(pattern, name))
    process.stdout.write(`${file}\n`)
  }
}
