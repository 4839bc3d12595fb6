import {
  Array as ArraySchema,
  Integer,
  Literal,
  Null,
  Object as ObjectSchema,
  type Static,
  String as StringSchema,
  Union
} from 'typebox'

const closed = { additionalProperties: false } as const

/** MUST: what the specification demands. SHOULD: its recommendations and documents. MAY: all else. */
export const Level = Union([Literal('MUST'), Literal('SHOULD'), Literal('MAY')])
export type Level = Static<typeof Level>

/** `unknown` is what can't be seen from the targets that were given; it never counts as a pass. */
export const Verdict = Union([Literal('pass'), Literal('fail'), Literal('unknown'), Literal('waived')])
export type Verdict = Static<typeof Verdict>

/** Where a rule was judged: a line of a file, an answer of a service, a file of an image; null for the whole. */
export const Where = Union([
  ObjectSchema({ file: StringSchema(), line: Integer({ minimum: 1 }) }, closed),
  ObjectSchema(
    {
      url: StringSchema(),
      /** The status of the answer; null when there was none. */
      status: Union([Integer(), Null()])
    },
    closed
  ),
  ObjectSchema(
    {
      /** Digest of the layer; blank for what the image's configuration says. */
      layer: StringSchema(),
      path: StringSchema()
    },
    closed
  ),
  Null()
])
export type Where = Static<typeof Where>

export const Result = ObjectSchema(
  {
    /** The rule's id, such as `APP-3b`. */
    id: StringSchema({ pattern: '^[A-Z0-9]+-\\d+[a-z]?$' }),
    level: Level,
    verdict: Verdict,
    /** What was found; of a fail, also what was expected. */
    message: StringSchema(),
    where: Where,
    /** The shortest fix of a fail; what would show an unknown; null for a pass. */
    fix: Union([StringSchema(), Null()]),
    /** The section that the rule comes from. */
    link: StringSchema()
  },
  closed
)
export type Result = Static<typeof Result>

export const Target = ObjectSchema(
  {
    kind: Union([Literal('url'), Literal('dockerfile'), Literal('repository'), Literal('image')]),
    name: StringSchema()
  },
  closed
)
export type Target = Static<typeof Target>

/** What `dockerflow check --format json` prints. */
export const Report = ObjectSchema(
  {
    schema: Literal(1),
    targets: ArraySchema(Target),
    profile: Union([Literal('spec'), Literal('strict'), Literal('mozcloud')]),
    results: ArraySchema(Result),
    /** How many results have each verdict. */
    summary: ObjectSchema(
      {
        pass: Integer({ minimum: 0 }),
        fail: Integer({ minimum: 0 }),
        unknown: Integer({ minimum: 0 }),
        waived: Integer({ minimum: 0 })
      },
      closed
    )
  },
  { ...closed, $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Report of dockerflow check' }
)
export type Report = Static<typeof Report>
