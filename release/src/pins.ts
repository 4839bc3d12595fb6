/** Where a file names an image: a Dockerfile's ARG, compose's default of a variable, a job's or a service's image. */
const named =
  /((?:^ARG \w+_IMAGE=|:-|^ *(?:image|container): ))([a-z0-9][\w./-]*:[\w.-]+)(?:@(sha256:[0-9a-f]{64}))?(?=\}?$)/gm

/**
 * Pins each image that a file names by a tag to a digest, anew where it has one already. The tag stays, for people and
 * for the bot that updates both.
 * @param digestOf the digest that a registry has for `NAME:TAG`
 */
export function pinImages(
  source: string,
  digestOf: (image: string) => string
): { text: string; pinned: string[] } {
  const pinned: string[] = []
  const text = source.replace(named, (_, before: string, image: string) => {
    const digest = digestOf(image)
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${image} has no digest`)
    pinned.push(`${image}@${digest}`)
    return `${before}${image}@${digest}`
  })
  return { text, pinned }
}

/** Gives an input for the version of the published command its default. */
export const pinCommand = (source: string, version: string): string =>
  source.replace(
    /(description: The version of the (?:npm )?package dockerflow\b.*\n(?: +type: string\n)? +default: ).+/g,
    `$1${version}`
  )
