import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { find, without } from './programs.ts'
import { answers, Service } from './service.ts'

export const withoutMosquitto = (): string | false => without('mosquitto')

// A CONNECT of MQTT 3.1.1 without a user: it is refused, which is an answer.
const hello = Buffer.from('100c00044d5154540402003c0000', 'hex')

/** A Mosquitto (MQTT) server of its own, with the user `demo`. */
export class MosquittoServer extends Service {
  static create(password = 'a-password'): Promise<MosquittoServer> {
    return MosquittoServer.launch({
      program: 'mosquitto',
      async prepare(folder, port) {
        const settings = [
          `listener ${port} 127.0.0.1`,
          'allow_anonymous false',
          `password_file ${join(folder, 'passwords')}`,
          'persistence false',
          'log_dest none',
          // Started by root it would become a user who may not read its folder; else this says nothing.
          'user root'
        ]
        await writeFile(join(folder, 'mosquitto.conf'), `${settings.join('\n')}\n`)
        execFileSync(find('mosquitto_passwd') as string, ['-b', '-c', 'passwords', 'demo', password], {
          cwd: folder
        })
      },
      args: () => ['-c', 'mosquitto.conf'],
      ready: (port) => answers(port, hello)
    })
  }
}
