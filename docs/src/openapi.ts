import { join } from 'node:path'
import fastifySwagger from '@fastify/swagger'
import Fastify from 'fastify'
import { root } from '../../release/src/packages.ts'

interface Operation {
  summary?: string
  description?: string
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}

/** The OpenAPI document of the demo: the real app, with everything that can be switched on. */
export async function openApi(): Promise<OpenApi> {
  const { default: app } = await import(join(root, 'apps/demo/dist/app.js'))
  const fastify = Fastify()
  await fastify.register(fastifySwagger, {
    openapi: { info: { title: 'Dockerflow', version: '0.0.0', description: 'The endpoints of the demo' } }
  })
  await fastify.register(app, {
    versionFile: join(root, 'package.json'),
    services: { checks: {}, close: async () => {} },
    errorToken: 'of-this-process-alone'
  })
  await fastify.ready()
  const document = fastify.swagger() as unknown as OpenApi
  await fastify.close()
  return document
}

/** The document as a page: each endpoint with what it answers. */
export function openApiPage({ paths }: OpenApi): string {
  const endpoints = Object.entries(paths)
    .filter(([, operations]) => operations.get?.responses)
    .map(([path, operations]) => {
      const { summary = '', description = '', responses = {} } = operations.get as Operation
      const answers = Object.entries(responses).map(([code, { description: what = '', content = {} }]) => {
        const bodies = Object.entries(content).map(
          ([type, { schema }]) => `\`${type}\`:\n\n\`\`\`json\n${JSON.stringify(schema, null, 2)}\n\`\`\`\n`
        )
        return `### ${code} at ${path}\n\n${what === 'Default Response' ? '' : what}\n\n${bodies.join('\n')}`
      })
      return `## \`${path}\`\n\n${summary}\n\n${description}\n\n${answers.join('\n')}`
    })
  return `# HTTP endpoints\n\nWhat the demo's own [OpenAPI document](./openapi.json){target="_self"} says of its endpoints, which answer \`HEAD\` too.\n\n${endpoints.join('\n')}`
}
