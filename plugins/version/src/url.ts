/** `value` without a user name and password, where it has them. */
export function stripCredentials(value: string): string {
  const stripped = value.trim().replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#]*@/i, '$1')
  const url = URL.parse(stripped)
  if (url?.host && !url.username && !url.password) return stripped
  // Not to be taken apart for certain: all that stands before an "@" may be a secret.
  return stripped.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1')
}

/**
 * The http(s) URL of the repository at `remote`, which may be any form that git takes for a server:
 * https://…, ssh://…, git://…, or user@host:path. Without credentials, query, fragment and `.git`. Blank when there
 * is none, as for a path on this machine.
 */
export function repositoryUrl(remote: string): string {
  const scp = /^[^@:/\s]+@([^@:/\s]+):\/*(.+)$/.exec(remote.trim())
  const address = scp ? `ssh://${scp[1]}/${scp[2]}` : stripCredentials(remote)
  // What follows the path may be a token.
  const parts = /^(?:git\+)?(https?|ssh|git):\/\/([^/?#]+)([^?#]*)/i.exec(address)
  if (!parts) return ''
  const [, scheme = '', host = '', path = ''] = parts
  const web = /^https?$/i.test(scheme)
  const repository = path.replace(/\/+$/, '').replace(/\.git$/, '')
  // The port of ssh or git is none of the web server.
  const url = `${web ? scheme : 'https'}://${web ? host : host.replace(/:\d+$/, '')}${repository}`
  return URL.canParse(url) ? url : ''
}
