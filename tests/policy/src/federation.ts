import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { evaluate } from '@marcbachmann/cel-js'

/** What GitHub's token of a job says of it: https://docs.github.com/actions/reference/security/oidc */
export interface Claims {
  sub: string
  ref: string
  repository: string
  repository_id: string
  repository_owner_id: string
  workflow_ref: string
  job_workflow_ref: string
}

/** Google's side: who may act as which account. */
export interface Federation {
  providers: { pool: string; condition: string; mapping: Map<string, string> }[]
  /** Who may act as which service account. */
  bindings: { account: string; member: string }[]
  /** The roles on each resource, by member. */
  roles: { resource: string; member: string; role: string }[]
}

/** The `sh` blocks of pages, in order. */
export const blocks = (pages: string[]): string =>
  pages
    .flatMap((page) => [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block))
    .join('\n')

/**
 * Runs what a page says to run, with programs in place of gcloud, gh and curl that write down what they are called with
 * and answer what the page asks for; returns what Google would know after it.
 * @param folder an empty one
 * @param ids what GitHub answers as the owner's and the repository's id
 */
export function follow(
  folder: string,
  script: string,
  ids: { owner: number; repository: number }
): Federation {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const log = join(folder, 'log')
  writeFileSync(log, '')
  const programs = {
    gcloud: `printf '%s\\0' "$@" >>'${log}'; printf '\\n' >>'${log}'
case "$1 $2" in 'projects describe') echo 7 ;; esac`,
    gh: 'exit 0',
    curl: `case "$*" in */users/*) echo '{"id":${ids.owner}}' ;; *) echo '{"id":${ids.repository}}' ;; esac`
  }
  for (const [name, source] of Object.entries(programs))
    writeFileSync(join(bin, name), `#!/bin/sh\n${source}\n`, { mode: 0o755 })
  const { status, stderr } = spawnSync('bash', ['-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env.PATH}` }
  })
  if (status !== 0) throw new Error(`the page ends with code ${status}: ${stderr}`)

  const federation: Federation = { providers: [], bindings: [], roles: [] }
  for (const line of readFileSync(log, 'utf8').split('\0\n').filter(Boolean)) {
    const args = line.split('\0')
    const flag = (name: string) =>
      args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? ''
    const command = args.filter((arg) => !arg.startsWith('--')).join(' ')
    if (command.startsWith('iam workload-identity-pools providers create-oidc ')) {
      const mapping = flag('attribute-mapping')
        .split(',')
        .map((pair) => pair.split('=') as [string, string])
      federation.providers.push({
        pool: `projects/7/locations/global/workloadIdentityPools/${flag('workload-identity-pool')}`,
        condition: flag('attribute-condition'),
        mapping: new Map(mapping)
      })
    } else if (command.startsWith('iam service-accounts add-iam-policy-binding ')) {
      if (flag('role') !== 'roles/iam.workloadIdentityUser') throw new Error(`an unknown role: ${line}`)
      federation.bindings.push({ account: args[3] ?? '', member: flag('member') })
    } else if (command.startsWith('artifacts repositories add-iam-policy-binding ')) {
      federation.roles.push({ resource: args[3] ?? '', member: flag('member'), role: flag('role') })
    }
  }
  return federation
}

/** What a job with these claims may do, as `ROLE on REPOSITORY`: through whichever provider lets it in. */
export function allowed(federation: Federation, claims: Claims): string[] {
  const members = federation.providers
    .filter(({ condition }) => condition === '' || evaluate(condition, { assertion: claims }) === true)
    .flatMap(({ pool, mapping }) =>
      [...mapping].map(([attribute, source]) =>
        attribute === 'google.subject'
          ? `principal://iam.googleapis.com/${pool}/subject/${evaluate(source, { assertion: claims })}`
          : `principalSet://iam.googleapis.com/${pool}/${attribute}/${evaluate(source, { assertion: claims })}`
      )
    )
  const accounts = federation.bindings
    .filter(({ member }) => members.includes(member))
    .map(({ account }) => `serviceAccount:${account}`)
  return federation.roles
    .filter(({ member }) => [...members, ...accounts].includes(member))
    .map(({ role, resource }) => `${role.replace('roles/artifactregistry.', '')} on ${resource}`)
    .sort()
}
