/** Whether a README has an example that serves. A package that is no plugin, such as a command, may have none. */
export const hasExample = (readme: string): boolean => /^```ts\n.*?^```$/ms.test(readme)

/** The example of a README: its first block of TypeScript. */
export function exampleOf(readme: string): string {
  const example = /^```ts\n(.*?)^```$/ms.exec(readme)?.[1]
  if (example === undefined) throw new Error('the README has no example')
  return example
}

/** The path that the README asks its example for, else the root. */
export const pathOf = (readme: string): string => /localhost:8000(\/[\w/]*)/.exec(readme)?.[1] ?? '/'

/** The packages that a module imports, but Node's own. */
export function importsOf(code: string): string[] {
  const specifiers = [...code.matchAll(/^import .*?from '([^']+)'$/gm)].map(([, specifier = '']) => specifier)
  const names = specifiers.map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier)
  return names.filter((name) => !name.startsWith('node:'))
}

/** An ES module's JavaScript as one of CommonJS, which has `require` and can't wait at its top level. */
export function toCommonJs(code: string): string {
  const body = code.replace(
    /^import (?:(\w+),? )?(?:\{([^}]*)\} )?from ('[^']+');?$/gm,
    (_line, whole?: string, named?: string, from?: string) =>
      [
        whole && `const ${whole} = defaultOf(require(${from}))`,
        named && `const {${named.replaceAll(' as ', ': ')}} = require(${from})`
      ]
        .filter(Boolean)
        .join('; ')
  )
  // As Node has it: the default of CommonJS is what it exports.
  const interop =
    "const defaultOf = (module) => (module[Symbol.toStringTag] === 'Module' ? module.default : module)"
  return `${interop}\nasync function main() {\n${body}\n}\nmain()\n`
}
