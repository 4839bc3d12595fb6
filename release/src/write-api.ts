// `npm run api`: writes each public package's api.md.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiReport } from './api.ts'
import { publicPackages } from './packages.ts'

for (const pkg of publicPackages()) {
  const report = await apiReport(pkg)
  if (report !== '') await writeFile(join(pkg.path, 'api.md'), report)
}
