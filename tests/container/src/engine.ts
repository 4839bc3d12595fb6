import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { root } from '@dockerflow/testing/root'

// Docker 20.10 builds with BuildKit only when this asks for it; later versions do so by default.
const options = { cwd: root, env: { ...process.env, DOCKER_BUILDKIT: '1' }, maxBuffer: 64 * 1024 * 1024 }

/**
 * Docker's own command line. Resolves with what it printed; rejects, with an error that has this too and the
 * exit code as `code`, where that is not 0.
 */
export const docker = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)('docker', args, options)

/** The same, for what it printed to stdout alone, less the newline at the end. */
export const print = async (...args: string[]): Promise<string> => (await docker(...args)).stdout.trimEnd()

/** Rejects with what to install where no engine answers. */
export async function requireEngine(): Promise<void> {
  await docker('version').catch((err) => {
    throw new Error(
      `no Docker engine answers: ${err.stderr?.trim() || err.message}
Install Docker Engine (https://docs.docker.com/engine/install/; on Debian also the package docker.io) and start it. "docker version" must show a server for your user; DOCKER_HOST names another one than the default.`
    )
  })
}

/** Fetches an image that has no name here: a builder that fetches it as a base gives it none. */
export async function requireImage(name: string): Promise<void> {
  await docker('image', 'inspect', name).catch(() => docker('pull', '--quiet', name))
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
  /** When the image was made, in seconds since 1970, for one digest; by default whenever it is. */
  SOURCE_DATE_EPOCH?: string
}

/** Builds the image, or one of its stages, under the name `tag`; the engine's progress goes to stderr. */
export async function build(tag: string, args: BuildArguments, target = 'production'): Promise<void> {
  const buildArgs = Object.entries(args).map(([name, value]) => `--build-arg=${name}=${value}`)
  const command = [
    'build',
    '--file=docker/Dockerfile',
    `--target=${target}`,
    `--tag=${tag}`,
    ...buildArgs,
    '.'
  ]
  const [code] = await once(
    spawn('docker', command, { ...options, stdio: ['ignore', 'ignore', 'inherit'] }),
    'exit'
  )
  if (code !== 0) throw new Error(`docker build ended with code ${code}`)
}

/** How the image is meant to be run: nothing but /mnt can be written, and there is no privilege to be had. */
export const confined = [
  '--read-only',
  '--tmpfs=/mnt:rw,noexec,nosuid,nodev,size=64m',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges'
]
