// `make pin`: pins each image that the repository names by a tag to the digest that its registry has for that tag now.
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './packages.ts'
import { pinImages } from './pins.ts'

/** Asks the registry, as docker would. */
const digestOf = (image: string) =>
  JSON.parse(
    execFileSync('docker', ['buildx', 'imagetools', 'inspect', image, '--format', '{{json .Manifest}}'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit']
    })
  ).digest as string

const known = new Map<string, string>()
const files = globSync(
  [
    'docker/{Dockerfile,base/Dockerfile,compose.yaml,stack.yaml}',
    '.github/workflows/*.yml',
    'packages/create-dockerflow/template/Dockerfile'
  ],
  { cwd: root }
)
try {
  for (const file of files.sort()) {
    const path = join(root, file)
    const source = readFileSync(path, 'utf8')
    const { text, pinned } = pinImages(source, (image) => {
      const digest = known.get(image) ?? digestOf(image)
      known.set(image, digest)
      return digest
    })
    if (text !== source) writeFileSync(path, text)
    for (const image of pinned) process.stdout.write(`${file}: ${image}\n`)
  }
} catch (err) {
  process.stderr.write(
    `make pin: ${(err as Error).message.split('\n')[0]}\nIt needs Docker's buildx, and the registries that have these images.\n`
  )
  process.exitCode = 1
}
