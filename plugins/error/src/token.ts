import { createHash, timingSafeEqual } from 'node:crypto'

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * Tells whether an Authorization header is `Bearer <token>`. The time that it takes says nothing about the token,
 * its length neither: hashes are compared, which are of one length, and each header is hashed.
 */
export function bearer(token: string): (authorization: string | undefined) => boolean {
  const expected = sha256(token)
  return (authorization = '') => {
    // The scheme's name is case-insensitive (RFC 9110, 11.1).
    const given = /^bearer +(.*)$/is.exec(authorization)?.[1] ?? ''
    return timingSafeEqual(sha256(given), expected)
  }
}
