// A variable whose name says that its value is a secret.
const NAME =
  /(?:^|_)(?:TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|API_?KEY|APIKEY|ACCESS_KEY|SECRET_KEY|PRIVATE_KEY|CREDENTIALS?|AUTH)(?:$|_(?:ID|VALUE|BASE|KEY|DEV|PROD|STAGE))/i
const SHORT = /(?:TOKEN|SECRET|PASSWORD|PASSWD|APIKEY)$/i
// …or where to find one, or something about one.
const ABOUT =
  /_(?:FILE|PATH|DIR|URL|URI|NAME|HEADER|LENGTH|MIN|MAX|TTL|AGE|EXPIRY|EXPIRES|TIMEOUT|TYPE|METHOD|ENABLED|DISABLED|ALGORITHM|BACKEND|CLASS|ISSUER|AUDIENCE|LIFETIME)$|^(?:PWD|OLDPWD|TOKENIZERS_PARALLELISM)$|PUBLIC|(?:^|_)NO_|(?:^|_)(?:IGNORE|REQUIRE|USE|HAS|DISABLE|ENABLE)_/i

// What is a secret whatever it is called.
const VALUE =
  /-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}|\bglpat-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bnpm_[A-Za-z0-9]{36}\b|\bsk_live_[A-Za-z0-9]{16,}|\bAIza[0-9A-Za-z_-]{35}\b/

const URL_PASSWORD = /\b[a-z][a-z\d+.-]*:\/\/[^\s:/@]*:([^\s@/]+)@/i
const HARMLESS =
  /^(?:password|passwd|pass|postgres|root|user|test|testing|example|changeme|secret|dev|admin|\$\{?\w+\}?|<[^>]*>|\*+|x+|\u{FFFC})$/iu

/** Whether a variable of this name holds a secret. */
export const isSecretName = (name: string) => (NAME.test(name) || SHORT.test(name)) && !ABOUT.test(name)

/** Whether this text holds what is a secret by its form, such as a private key or an access token of a known service. */
export const isKnownSecret = (text: string) => VALUE.test(text)

/** Whether this text is a secret, or holds one, whatever it is called. */
export function isSecretValue(value: string): boolean {
  if (VALUE.test(value)) return true
  const password = URL_PASSWORD.exec(value)?.[1]
  return password !== undefined && !HARMLESS.test(password)
}

/** Files that hold a secret by their name: relative or absolute. */
export const isSecretFile = (path: string) =>
  /(?:^|\/)(?:\.netrc|\.git-credentials|\.pypirc|id_(?:rsa|dsa|ecdsa|ed25519)|\.aws\/credentials|gha-creds-\w+\.json)$/.test(
    path
  )

/** A `.env` that holds values; not one to copy from, such as `.env.example`. */
export const isEnvFile = (path: string) =>
  /(?:^|\/)\.env(?:\.\w+)*$/.test(path) &&
  !/\.(?:example|sample|dist|template|tmpl|defaults?|ci|test|docker)(?:$|\.)/.test(path)
