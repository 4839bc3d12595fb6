import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { confined, docker, print } from './engine.ts'

/** What Docker knows of an image or a container. */
// biome-ignore lint/suspicious/noExplicitAny: Docker's own record, in which the tests look for a few members
export const inspect = async (name: string): Promise<any> => JSON.parse(await print('inspect', name))[0]

/** A container that runs the service, confined as it is meant to be. */
export class Container {
  readonly id: string
  /** Where it answers, from outside. */
  readonly url: string

  private constructor(id: string, url: string) {
    this.id = id
    this.url = url
  }

  /** Starts it on a random port of its own. Resolves once it answers; it is removed when the test ends. */
  static async start(t: Test, image: string, ...options: string[]): Promise<Container> {
    const port = 1024 + Math.floor(Math.random() * 60_000)
    const network = [`--env=PORT=${port}`, `--publish=127.0.0.1::${port}`]
    const id = await print('run', '--detach', ...confined, ...network, ...options, image)
    t.teardown(() => docker('rm', '--force', '--volumes', id))
    const container = new Container(id, `http://${await print('port', id, String(port))}`)
    for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
      if (await fetch(`${container.url}/__lbheartbeat__`).catch(() => null)) return container
    }
    throw new Error(`the container does not answer:\n${Object.values(await container.logs()).join('\n')}`)
  }

  /** Runs a script inside, as the service's user. Resolves with what it printed. */
  sh(script: string): Promise<string> {
    return print('exec', this.id, 'sh', '-c', script)
  }

  /** What the service printed so far. */
  logs(): Promise<{ stdout: string; stderr: string }> {
    return docker('logs', this.id)
  }
}
