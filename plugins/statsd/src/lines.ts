import type { Tags } from './metrics.ts'

// What the protocol itself is made of; a tag's value may hold a colon.
const inTagName = /[:|@,#\r\n]/g
const inTagValue = /[|@,#\r\n]/g

/** The tags as the end of a line, as DogStatsD writes them. */
export function formatTags(tags: Tags): string {
  const all = Object.entries(tags).map(
    ([name, value]) => `${name.replace(inTagName, '_')}:${String(value).replace(inTagValue, '_')}`
  )
  return all.length > 0 ? `|#${all.join(',')}` : ''
}

/** The lines in as few packets as there can be. A line that is longer than `size` bytes has one of its own. */
export function toPackets(lines: string[], size: number): Buffer[] {
  const packets: Buffer[] = []
  let [packet, length] = [[] as string[], 0]
  for (const line of lines) {
    const bytes = Buffer.byteLength(line) + 1
    if (length > 0 && length + bytes - 1 > size) {
      packets.push(Buffer.from(packet.join('\n')))
      packet = []
      length = 0
    }
    packet.push(line)
    length += bytes
  }
  if (length > 0) packets.push(Buffer.from(packet.join('\n')))
  return packets
}
