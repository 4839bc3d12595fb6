import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitepress'

const site = join(import.meta.dirname, '../.site')

/** The heading of a page. */
const title = (page: string) => /^# (.+)$/m.exec(readFileSync(join(site, page), 'utf8'))?.[1] ?? page

const items = (pattern: string) =>
  globSync(pattern, { cwd: site })
    .sort()
    .map((page) => ({ text: title(page), link: `/${page.replace(/(?:index)?\.md$/, '')}` }))

export default defineConfig({
  title: 'Dockerflow for Fastify',
  description: "Mozilla's Dockerflow for Fastify: plugins, and a service and a container that comply",
  lang: 'en',
  // GitHub Pages serves it below the repository's name.
  base: process.env.DOCS_BASE || '/',
  srcDir: '.site',
  ignoreDeadLinks: 'localhostLinks',
  cleanUrls: true,
  markdown: {
    // Code is no template of Vue's, also where it is `${{ secrets.NPMRC }}`.
    config(md) {
      md.renderer.rules.code_inline = (tokens, index) =>
        `<code v-pre>${md.utils.escapeHtml(tokens[index]?.content ?? '')}</code>`
    }
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guides', link: '/guides/service-authors' },
      { text: 'Packages', link: '/packages/all/' },
      { text: 'Specification', link: '/source-documents' }
    ],
    sidebar: [
      { text: 'Start', items: [{ text: 'Overview', link: '/' }] },
      {
        text: 'Guides',
        items: ['guides/*.md', 'artifact-registry.md', 'image.md', 'base-images.md', 'demo.md'].flatMap(items)
      },
      { text: 'Conformance', items: items('conformance*.md') },
      { text: 'Packages', items: items('packages/*/index.md') },
      { text: 'Types', collapsed: true, items: items('packages/*/api/index.md') },
      { text: 'Migration', items: items('migration/*.md') },
      {
        text: 'Reference',
        items: ['source-documents.md', 'endpoints.md', 'errors.md', 'contributing.md', 'security.md'].flatMap(
          items
        )
      }
    ]
  }
})
