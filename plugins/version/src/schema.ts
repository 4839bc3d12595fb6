import { Integer, Object as ObjectSchema, Optional, String as StringSchema } from 'typebox'

/** What `/__version__` answers: the version file, which may have more members. */
export const VersionObject = ObjectSchema(
  {
    source: Optional(StringSchema({ description: 'URL of the repository that the service was built from' })),
    version: Optional(StringSchema({ description: 'what the release is called, such as a tag' })),
    commit: Optional(StringSchema({ description: 'hash of the commit that the service was built from' })),
    build: Optional(StringSchema({ description: 'URL of the CI job that built it' }))
  },
  { additionalProperties: true }
)

/** What it answers where there is no version file. */
export const NotFound = ObjectSchema({
  statusCode: Integer(),
  error: StringSchema(),
  message: StringSchema()
})
