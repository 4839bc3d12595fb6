import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Memory of the container, in bytes. */
export interface ContainerMemory {
  /** What is in use and can't be given back: the cache of files that were read is left out. */
  used: number
  /** At this the kernel kills. */
  limit: number
}

/** The files of cgroup v2, and those of v1, which says "unlimited" with a number near 2^63. */
const layouts = [
  { mount: '', controller: '', limit: 'memory.max', usage: 'memory.current', cache: 'inactive_file' },
  {
    mount: 'memory',
    controller: 'memory',
    limit: 'memory.limit_in_bytes',
    usage: 'memory.usage_in_bytes',
    cache: 'total_inactive_file'
  }
]
const unlimited = 2 ** 60

const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

/**
 * The memory of the cgroup with the tightest limit around this process; undefined where none has a limit.
 * Source: the kernel's cgroup-v2.rst and cgroup-v1/memory.rst.
 *
 * @param root where the cgroups are mounted
 * @param self the file that says which cgroups this process is in
 */
export async function containerMemory(
  root = '/sys/fs/cgroup',
  self = '/proc/self/cgroup'
): Promise<ContainerMemory | undefined> {
  const groups = await text(self)
  let tightest: ContainerMemory | undefined
  for (const { mount, controller, limit, usage, cache } of layouts) {
    // A line is `4:cpu,memory:/path`, v2's is `0::/path`. In a container the path may be the host's, of which
    // only the root is there.
    const own = groups.split('\n').find((line) => line.split(':')[1]?.split(',').includes(controller))
    let path = own?.split(':').slice(2).join(':') || '/'
    for (;;) {
      const dir = join(root, mount, path)
      const max = Number.parseInt(await text(join(dir, limit)), 10)
      if (max < (tightest?.limit ?? unlimited)) {
        const used = Number.parseInt(await text(join(dir, usage)), 10)
        const stat = new RegExp(`^${cache} (\\d+)$`, 'm').exec(await text(join(dir, 'memory.stat')))
        if (Number.isFinite(used)) tightest = { used: Math.max(0, used - Number(stat?.[1] ?? 0)), limit: max }
      }
      if (path === '/') break
      path = dirname(path)
    }
  }
  return tightest
}
