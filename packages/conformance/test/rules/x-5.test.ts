import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRepository } from '../../src/repository/facts.ts'
import rule from '../../src/rules/x-5.ts'
import { goodConfig, goodFiles, version } from '../fixtures/image.ts'
import { type Given, image, judges, repository, service, together } from '../judge.ts'

/** A clone of a commit, packed or not, and a service that says that it is of that commit, or of another. */
const clone =
  (
    commit: (head: string) => string,
    change: (root: string, git: (...args: string[]) => string) => void = () => {}
  ): Given =>
  async (t) => {
    const root = t.testdir({ clone: { Dockerfile: 'FROM scratch\n' } })
    const folder = join(root, 'clone')
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
        cwd: folder,
        encoding: 'utf8'
      }).trim()
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '--message=first')
    const body = JSON.stringify({ ...version, commit: commit(git('rev-parse', 'HEAD')) })
    change(folder, git)
    const facts = await service({ '/__lbheartbeat__': [200], '/__version__': [200, body] })(t)
    const places = ['tree', 'lent'].map((name) => join(root, name)).filter((path) => existsSync(path))
    return { ...facts, repository: readRepository(places[0] ?? folder, '.') }
  }
const head = (commit: string) => commit

judges(rule, {
  good: {
    'the same': image(),
    'a commit of the repository': clone(head),
    'a commit in a pack': clone(head, (_root, git) => void git('gc', '--quiet')),
    'a commit of a worktree': clone(head, (_root, git) => void git('worktree', 'add', '--quiet', '../tree')),
    'a commit in a store that another clone lends': clone(
      head,
      (_root, git) => void git('clone', '--quiet', '--shared', '.', '../lent')
    )
  },
  bad: {
    'a commit that does not exist': [clone(() => version.commit), /8f1c5ff0a6cd is not in this clone/],
    'a commit that no pack has': [
      clone(
        () => `00${version.commit.slice(2)}`,
        (_root, git) => void git('gc', '--quiet')
      ),
      /is not in this clone/
    ],
    none: [image({ config: { Labels: null } }), /source is missing/],
    another: [
      image({ config: { Labels: { ...goodConfig.Labels, 'org.opencontainers.image.revision': 'abc' } } }),
      /revision is "abc"/
    ]
  },
  unclear: {
    'no clone': together(
      repository({ Dockerfile: 'FROM scratch\n' }),
      service({ '/__lbheartbeat__': [200], '/__version__': [200, JSON.stringify(version)] })
    ),
    'a shallow clone': clone(
      () => version.commit,
      (root) => writeFileSync(join(root, '.git/shallow'), '')
    ),
    'no version file': image({ layers: [goodFiles.slice(0, -1)] })
  }
})
