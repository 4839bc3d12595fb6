import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { without } from './programs.ts'
import { answers, Service } from './service.ts'

export const withoutSmtp = (): string | false => without('python3-aiosmtpd')

const program = `
import signal
import sys
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult

port, password = int(sys.argv[1]), open('password').read()

def authenticate(server, session, envelope, mechanism, data):
    success = data.login == b'demo' and data.password.decode() == password
    return AuthResult(success=success, handled=False)

Controller(Sink(), hostname='127.0.0.1', port=port, authenticator=authenticate,
           auth_required=True, auth_require_tls=False).start()
signal.pause()
`

/** An SMTP server of its own, with the user `demo`. It forgets each message that it takes. */
export class SmtpServer extends Service {
  static create(password = 'a-password'): Promise<SmtpServer> {
    return SmtpServer.launch({
      // aiosmtpd is a library of Debian's Python, which another Python of the path wouldn't find.
      program: '/usr/bin/python3',
      prepare: (folder) => writeFile(join(folder, 'password'), password),
      args: (port) => ['-c', program, `${port}`],
      ready: answers
    })
  }
}
