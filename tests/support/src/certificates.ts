import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { find, without } from './programs.ts'

export const withoutOpenssl = (): string | false => without('openssl')

/** A certificate for `localhost` and 127.0.0.1 that signs itself. */
export interface Certificate {
  cert: string
  key: string
}

/** Makes a certificate that expires this many days from now: below 0 it has expired already. */
export async function makeCertificate(days: number): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'dockerflow-certificate-'))
  const openssl = (...args: string[]) =>
    execFileSync(find('openssl') as string, args, { cwd: folder, stdio: 'ignore' })
  try {
    // Not ed25519, which libpq's channel binding can't take.
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem']
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'
    openssl('req', '-new', ...key, '-subj', '/CN=localhost', '-addext', names, '-out', 'request.pem')
    const sign = ['-signkey', 'key.pem', '-copy_extensions', 'copy', '-days', `${days}`]
    openssl('x509', '-req', '-in', 'request.pem', ...sign, '-out', 'cert.pem')
    return {
      cert: await readFile(join(folder, 'cert.pem'), 'utf8'),
      key: await readFile(join(folder, 'key.pem'), 'utf8')
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
