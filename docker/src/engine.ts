import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The build's context: the root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

const run = promisify(execFile)

/**
 * Docker's own command line. Resolves with what it printed, byte for byte; rejects, with an error that has these
 * too, where its exit code is not 0.
 */
export function docker(...args: string[]): Promise<{ stdout: Buffer; stderr: Buffer }> {
  return run('docker', args, {
    cwd: root,
    encoding: 'buffer',
    // Docker 20.10 needs to be told; later ones do so by themselves.
    env: { ...process.env, DOCKER_BUILDKIT: '1' },
    maxBuffer: 64 * 1024 * 1024
  })
}

/** Rejects with what to install where no engine answers. */
export async function requireEngine(): Promise<void> {
  await docker('version').catch((err) => {
    throw new Error(
      `no Docker engine answers: ${String(err.stderr ?? '').trim() || err.message}
Install Docker Engine (https://docs.docker.com/engine/install/; on Debian also the package docker.io) and start it. "docker version" must show a server for your user; DOCKER_HOST names another one than the default.`
    )
  })
}

/** What /app/version.json and the image's labels say; blank is unknown. */
export interface BuildArguments {
  /** URL of the repository. */
  SOURCE?: string
  VERSION?: string
  /** 40 hex digits. */
  COMMIT?: string
  /** URL of the CI job. */
  BUILD?: string
  /** Anything but blank: build only with all of the above. */
  RELEASE?: string
}

/** Builds the image, or one of its stages, under the name `tag`. */
export async function build(tag: string, args: BuildArguments, target = 'production'): Promise<void> {
  const buildArgs = Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`)
  await docker('build', '--file=docker/Dockerfile', `--target=${target}`, `--tag=${tag}`, ...buildArgs, '.')
}

/** How the image is meant to be run: nothing but /tmp can be written, and there is no privilege to be had. */
export const confined = [
  '--read-only',
  '--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges'
]
