// What is a secret by its name, or by how it begins. Each pattern is linear: no two of its parts that repeat can match
// the same characters.

const { raw } = String

const privateKey =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g

const tokens = new RegExp(
  [
    // JSON Web Tokens, signed or encrypted
    raw`eyJ[\w-]{5,}\.[\w-]*\.[\w-]*(?:\.[\w-]*){0,2}`,
    // AWS' ids of keys
    'A(?:KI|SI|BI|CC)A[A-Z2-7]{16}',
    // Google: API keys, secrets of OAuth clients, access and refresh tokens
    raw`AIza[\w-]{30,}|GOCSPX-[\w-]{20,}|ya29\.[\w.-]{10,}|1//0[\w-]{20,}`,
    // GitHub, GitLab
    raw`gh[opsur]_\w{16,}|github_pat_\w{16,}|gl[a-z]{2,5}-[\w.-]{16,}`,
    // Slack
    raw`xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|hooks\.slack\.com/[a-z]+/[\w/-]*\w`,
    // Stripe, OpenAI, Anthropic
    raw`[rs]k_(?:live|test|prod)_\w{8,}|whsec_[\w+/=]{8,}|sk-[\w-]{20,}`,
    // npm, PyPI, Docker, Vault, DigitalOcean
    raw`npm_\w{20,}|pypi-[\w-]{20,}|dckr_[a-z]{3}_[\w-]{16,}|hv[bsr]\.[\w-]{20,}|do[opr]_v1_[\da-f]{32,}`,
    // SendGrid, Shopify, Square, Twilio, Mailgun, Sentry
    raw`SG\.[\w-]{10,}\.[\w-]{10,}|shp[a-z]{2}_[\da-f]{16,}|sq0[a-z]{3}-[\w-]{16,}|SK[\da-f]{32}|key-[\da-f]{32}`,
    raw`sntry[su]_[\w+/=.-]{20,}`
  ]
    .map((token) => raw`(?<![\w-])(?:${token})`)
    .join('|'),
  'g'
)

const key = [
  raw`(?<!by|com|sur|tres|over|under)pass(?:wo?r?d[\w-]{0,24}|phrase|code|wd)?|pwd|secret[\w-]{0,24}|token|jwt`,
  raw`(?:api|access|account|private|auth|client|encryption|master|service|session|shared|signing|storage)[-_. ]?(?:access[-_]?)?key`,
  raw`authorization|cookie2?|credentials?|session[-_.]?id|connect\.sid|_auth|signature|[?&]sig`
].join('|')
const encodedQuote = raw`(?:\\{1,16}u002[27]|&quot;|&#3[49];)`
const quote = raw`(?:\\{0,16}["'\x60]|%(?:25){0,4}2[27]|${encodedQuote})`
const gap = raw`(?:\s{0,64}(?!at\s))`
const separator = raw`(?:=>|->|:=|[=:]|%(?:25){0,4}3[ad]|><!\[CDATA\[|>(?=[^\s<])|(?:,${gap})?${quote}?value${quote}?${gap}[:=])`
const scheme = raw`(?:(?:bearer|basic|token|api-?key|bot|ntlm|negotiate)(?:\s|%20|\+){1,8})?`

const prose = raw`(?:tokens?|auth\w*|realm|error|scopes?|schemes?|format|is|was|were|must|not|and|or|of|headers?|credentials?|challenge|required|missing|invalid|expired|with|from|for|in|to|needed|only|the|an?)\b`

/** What only seemed to end it, as the second quote of `token='')x&a=b`: it goes on up to a separator. */
const rest = raw`(?:(?=[^\s"\x60,;&<>\\]*[\w%])[^\s"\x60,;&<>\\]+)?`
const quoted = [
  // Quotes within it are doubled, or escaped with one more backslash; in a shell, '\'' or '"'"' stands for one.
  raw`[a-z]?(["'\x60])(?:\\[\s\S]|\2(?:\\\2|"'")?\2|(?!\2)[^\\])*\2(?!\2)${rest}`,
  raw`[a-z]?(\\{1,16})(["'\x60])(?:(?!(?<!\\)\3\4)[\s\S])*(?<!\\)\3\4(?!\3\4)`,
  // One that doesn't end.
  raw`[a-z]?\\{0,16}["'\x60][^\r\n]*`,
  raw`${encodedQuote}(?:(?!${encodedQuote}(?:\W|$))[^\r\n])*|“[^”\r\n]*`
].join('|')
const listed = raw`(?:\[[^\]\r\n]*\]?|\{[^}\r\n]*\}?|<Buffer[^>]{0,512}>)${rest}|[|>][+-]?\r?\n(?:[ \t]{1,64}[^\r\n]*(?:\r?\n|$))+`
/** What is said of a secret, in place of it. */
const noSecret =
  'null|undefined|true|false|none|cannot|expected|expired|has|invalid|is|missing|must|not|required|should|too|was|wrong'
/** Where that ends, so that it is no secret that only begins so. */
const noSecretEnds = [
  raw`[.,;:!?)}\]"'\x60]{0,8}(?:\s|\\{1,16}[rn]|$)`,
  // JSON, also within JSON; JavaScript and YAML on one line
  raw`[.,;:!?)}\]]{1,16}(?:\\{0,16}["\x60]|[{[])`,
  raw`[)}\]]{0,16}[,;]\\{0,16}["'\x60]?[\w-]{1,64}\\{0,16}["'\x60]?[:=]`,
  // A tag
  raw`[.,;:!?)}\]]{0,8}</`
].join('|')
/** Punctuation ends it where more text follows: `password=a,b` is one, `password=a, b` is not. */
const bare = raw`(?!<|(?:${noSecret}|\*\*\*)(?:${noSecretEnds}))(?:[^\s"'\x60,;&)}\]<]|<(?!/)|[,;&)}\]'](?![,;&)}\]'"\x60]{0,8}(?:\s|$)|(?:(?<=;)[\w. -]{1,64}|[\w.-]{1,64})=(?![=\s"']|$))|["\x60](?=\w))+`

/** `password=…`, `"apiKey": "…"`, `'token' => '…'`, `Authorization: Bearer …`, `<secret>…`. */
const named = new RegExp(
  raw`((?:${key})(?:\]|%5d)?${quote}?${gap}${separator}${gap}${scheme})(?:${quoted}|${listed}|${bare})`,
  'gi'
)
/** What `inspect()` writes of a text of several lines, after its first. */
const pieces = /\*\*\*(?: \+\n {1,80}(?:'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\\n])*`))+/g
const manyParts = raw`(?:set-)?cookie2?\s{0,8}:\s{0,8}(?![\s\\"'\x60[{])|authorization\s{0,8}:\s{0,8}(?=(?:aws4|digest|hawk|oauth|signature)[\s-])`
/** `Cookie: a=b; c=d`, and what else has many parts: up to the end of the line, or of the quotation that it begins. */
const quotedHeader = new RegExp(
  raw`(?<=(\\{0,16})(["'\x60]))(${manyParts})(?:(?!\\{1,16}[rn]|(?<!\\)\1\2)[^\r\n])+`,
  'gi'
)
const header = new RegExp(raw`(?<!["'\x60])(${manyParts})(?:(?!\\{1,16}[rn])[^\r\n])+`, 'gi')
/** `Authorization: …` of a scheme that isn't known. */
const authorization = new RegExp(
  raw`(authorization\s{0,8}:\s{0,8})(?!${scheme.slice(0, -1)})(?!${prose})[^\s"'\x60,;\\[{*][^\s"'\x60,;\\]*(?: [^\s"'\x60,;\\]+)?`,
  'gi'
)
/** `['Authorization', 'Bearer …']`, `['--password', '…']`. */
const paired = new RegExp(
  raw`((?:authorization|cookie2?|x-[\w-]{0,24}key|--[\w-]{0,24}(?:password|token|secret|key))["'\x60],\s{0,8}${scheme})(?:${quoted.replace(/\\([234])/g, (_all, group) => `\\${group}`)})`,
  'gi'
)
/** `--password …`, `-u user:…`, `PASSWORD '…'` of SQL. */
const argument =
  /((?:^|\s)--?[\w-]{0,24}(?:password|passwd|passphrase|token|secret|api-?key)\s{1,8}|(?:^|\s)(?:-u|--(?:proxy-)?user)[\s=]{1,8}[^\s:]{1,64}:)(?!-)[^\s"'`]+/gi
const sql = /((?:password|passphrase|pwd|identified\s{1,8}by)\s{1,8})(["'])(?:\2\2|(?!\2)[\s\S])*\2/gi

const bearer = new RegExp(raw`\b(bearer(?:\s|%20|\+){1,8})(?!${prose})[^\s"'\x60,;<>\\]+`, 'gi')
const basic = /\b(basic(?:\s|%20|\+){1,8})([A-Za-z\d+/_-]{4,}={0,2})/gi

/** Whether it is a user name and a password, as `Basic` has them. */
const isUserAndPassword = (base64: string) =>
  /^[^\p{Cc}:\ufffd]*:[^\p{Cc}\ufffd]*$/u.test(Buffer.from(base64, 'base64').toString())

/** The text without what is named as a secret, or is known to be one. */
export function redactSecrets(text: string): string {
  return text
    .replace(privateKey, '***')
    .replace(quotedHeader, '$3***')
    .replace(header, '$1***')
    .replace(authorization, '$1***')
    .replace(named, '$1***')
    .replace(pieces, '***')
    .replace(paired, '$1***')
    .replace(argument, '$1***')
    .replace(sql, '$1***')
    .replace(bearer, '$1***')
    .replace(basic, (all, scheme, value) => (isUserAndPassword(value) ? `${scheme}***` : all))
    .replace(tokens, '***')
}
