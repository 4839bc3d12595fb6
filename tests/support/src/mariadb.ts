import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cached.ts'
import type { Certificate } from './certificates.ts'
import { find, without } from './programs.ts'
import { Service } from './service.ts'

export const withoutMariadb = (): string | false => without('mariadb-server')

// MariaDB refuses to run as root unless told so.
const asRoot = () => (process.getuid?.() === 0 ? ['--user=root'] : [])

const logSize = '--innodb-log-file-size=4M'

/** The data of a new server, to be copied: making them takes longer than all that a test does with it. */
function makeData(): Promise<string> {
  const version = execFileSync(find('mariadbd') as string, ['--version'], { encoding: 'utf8' })
  const name = `mariadb-${/\d[\w.]*/.exec(version.replace(/^\S+/, ''))?.[0]}`
  return cached(name, (partial) => {
    const settings = ['--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db', logSize]
    execFileSync(
      find('mariadb-install-db') as string,
      [...settings, `--datadir=${join(partial, 'data')}`, ...asRoot()],
      { cwd: partial, stdio: ['ignore', 'ignore', 'pipe'] }
    )
  })
}

/** A MariaDB server of its own, with the user `demo` and the database `demo`. */
export class MariadbServer extends Service {
  static create(
    password = 'a-password',
    flags: string[] = [],
    certificate?: Certificate
  ): Promise<MariadbServer> {
    return MariadbServer.launch({
      program: 'mariadbd',
      async prepare(folder) {
        if (certificate) {
          await writeFile(join(folder, 'cert.pem'), certificate.cert)
          await writeFile(join(folder, 'key.pem'), certificate.key, { mode: 0o600 })
        }
        const user = `'demo'@'127.0.0.1'`
        const sql = [
          'CREATE DATABASE IF NOT EXISTS demo;',
          `CREATE USER IF NOT EXISTS ${user} IDENTIFIED BY '${password}';`,
          `GRANT ALL ON *.* TO ${user};`
        ]
        await writeFile(join(folder, 'init.sql'), sql.join('\n'))
        execFileSync('cp', ['-r', '--reflink=auto', join(await makeData(), 'data'), folder])
      },
      args: (port, folder) => [
        '--no-defaults',
        `--datadir=${join(folder, 'data')}`,
        `--init-file=${join(folder, 'init.sql')}`,
        `--socket=${join(folder, 'socket')}`,
        `--pid-file=${join(folder, 'pid')}`,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        '--innodb-buffer-pool-size=16M',
        logSize,
        '--innodb-flush-log-at-trx-commit=0',
        ...asRoot(),
        ...(certificate
          ? [`--ssl-cert=${join(folder, 'cert.pem')}`, `--ssl-key=${join(folder, 'key.pem')}`]
          : []),
        ...flags
      ]
    })
  }
}
