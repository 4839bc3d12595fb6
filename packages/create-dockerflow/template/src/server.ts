import { serve } from '@dockerflow/all'
import { build } from './app.ts'
import { readConfig } from './config.ts'

// Listens on $HOST and $PORT and drains on SIGTERM. What fails at start is one line, and exit code 1.
await serve(() => build(readConfig()))
