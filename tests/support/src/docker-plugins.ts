import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { find } from './programs.ts'

/** What says how the engine is reached; all else of that kind is for one run of make or compose. */
const settings = /^(?:COMPOSE_|MAKE|MFLAGS|ARGS$|PORT$|(?:POSTGRES|REDIS|STATSD)_IMAGE$)/
const engine = /^DOCKER_(?:API_VERSION|BUILDKIT|CERT_PATH|CONFIG|CONTEXT|HOST|TLS|TLS_VERIFY)$/

let environment: NodeJS.ProcessEnv | undefined

/**
 * The environment to run `docker compose`, `docker buildx` and make in, without settings of whoever runs the tests.
 * Points docker at plugins on the path that it can't find, such as Debian's packages, unpacked.
 */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  if (environment) return environment
  const kept = Object.entries(process.env).filter(
    ([name]) => !settings.test(name) && (!name.startsWith('DOCKER_') || engine.test(name))
  )
  environment = Object.fromEntries(kept)
  const folders = ['compose', 'buildx'].flatMap((name) => {
    try {
      execFileSync('docker', [name, 'version'], { stdio: 'ignore' })
      return []
    } catch {
      return dirname(find(`docker-${name}`) ?? '.')
    }
  })
  if (folders.length > 0) {
    const config = mkdtempSync(join(tmpdir(), 'docker-'))
    process.on('exit', () => rmSync(config, { recursive: true }))
    writeFileSync(join(config, 'config.json'), JSON.stringify({ cliPluginsExtraDirs: folders }))
    environment.DOCKER_CONFIG = config
  }
  return environment
}
