#!/usr/bin/env node
// Checked in, because a workspace links a command when it installs, which is before dist/ is built. An older Node, which
// can't load that, has to understand this file.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 18)) {
  await import('../dist/cli.js')
} else {
  process.stderr.write(
    `create-dockerflow: Node ${process.version} is too old: install Node 22.18 or later, from https://nodejs.org\n`
  )
  process.exitCode = 1
}
