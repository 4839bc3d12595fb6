import { rules } from '../rules/index.ts'
import type { Level, Report, Result, Where } from '../schema.ts'
import { placeName } from './where.ts'

const SEVERITY: Record<Level, 'error' | 'warning' | 'note'> = {
  MUST: 'error',
  SHOULD: 'warning',
  MAY: 'note'
}

/** The fails as SARIF 2.1.0, for code scanning. Waived ones are left out: a suppressed finding would be shown again. */
export function toSarif(report: Report): string {
  const used = report.results.filter(({ verdict }) => verdict === 'fail')
  const ids = [...new Set(used.map(({ id }) => id))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'dockerflow check',
            informationUri: 'https://github.com/mozilla-services/Dockerflow',
            rules: ids.map((id) => {
              const rule = rules.find((known) => known.id === id)
              return {
                id,
                shortDescription: { text: rule?.title ?? id },
                help: { text: rule?.fix ?? id },
                helpUri: rule?.link,
                defaultConfiguration: { level: SEVERITY[rule?.level ?? 'MUST'] }
              }
            })
          }
        },
        results: used.map((result) => toResult(result, ids))
      }
    ]
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function toResult({ id, level, message, where, fix }: Result, ids: string[]) {
  return {
    ruleId: id,
    ruleIndex: ids.indexOf(id),
    level: SEVERITY[level],
    message: { text: [message, fix].filter(Boolean).join(' ') },
    locations: [toLocation(where)]
  }
}

/** Code scanning takes files alone: what is elsewhere is said of the Dockerfile's place, with its own name beside it. */
function toLocation(where: Where) {
  if (where && 'file' in where) {
    return {
      physicalLocation: {
        artifactLocation: { uri: encodeURI(where.file.replace(/^\.\//, '')), uriBaseId: '%SRCROOT%' },
        region: { startLine: where.line }
      }
    }
  }
  return {
    physicalLocation: {
      artifactLocation: { uri: 'Dockerfile', uriBaseId: '%SRCROOT%' },
      region: { startLine: 1 }
    },
    logicalLocations: [{ fullyQualifiedName: placeName(where) || 'the whole', kind: 'resource' }]
  }
}
