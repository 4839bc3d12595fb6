// `npm run sizes`: what each public package takes, unpacked.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from './pack.ts'
import { publicPackages } from './packages.ts'
import { core, coreLimit, sizes } from './sizes.ts'

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(8)} kB`
const folder = await mkdtemp(join(tmpdir(), 'dockerflow-sizes-'))
try {
  process.stdout.write(`${'unpacked'.padStart(11)}${'code, types'.padStart(13)}\n`)
  let sum = 0
  for (const pkg of publicPackages()) {
    const { total, built } = sizes((await pack(pkg, folder)).folder)
    if (core.includes(pkg.folder)) sum += built
    process.stdout.write(`${kilobytes(total)}  ${kilobytes(built)}  ${pkg.manifest.name}\n`)
  }
  process.stdout.write(`${kilobytes(sum).padStart(24)}  ${core.join(', ')}: of ${coreLimit / 1000} kB\n`)
} finally {
  await rm(folder, { recursive: true })
}
