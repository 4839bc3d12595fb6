#!/usr/bin/env node
// Checked in, because a workspace links a command when it installs, which is before dist/ is built.
import '../dist/cli.js'
