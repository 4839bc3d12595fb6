// `npm run pack -- FOLDER`: packs each public package into FOLDER, as a release does.
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pack } from './pack.ts'
import { publicPackages } from './packages.ts'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('say which folder to pack into')
const to = resolve(process.env.INIT_CWD ?? '.', folder)
const unpacked = join(to, 'unpacked')
await mkdir(unpacked, { recursive: true })
for (const pkg of publicPackages()) {
  const { archive } = await pack(pkg, unpacked)
  await rename(archive, join(to, basename(archive)))
}
await rm(unpacked, { recursive: true })
