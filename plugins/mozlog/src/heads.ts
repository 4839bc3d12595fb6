/** How many names are remembered at most, twice, and how long each may be. */
const maxNames = 500
const maxLength = 64

/**
 * What a key is written as, `"key":`, for each key that needs no more thought; '' for one that does, since it has
 * a serializer or a redaction, or is one that a record writes itself. `type` has `typeHead`. There is one such
 * cache for each set of serializers and redactions.
 *
 * Names may come from data, such as a request's body. So long ones are not remembered, and once there are too many,
 * those that were not used lately go: the service's own names stay.
 */
export class Heads {
  /** Whether messages need no serializer and no redaction; undefined until it is known. */
  plainMessages: boolean | undefined
  #recent = new Map<string, string>()
  #older = new Map<string, string>()

  get(name: string): string | undefined {
    return this.#recent.get(name) ?? this.#restore(name)
  }

  #restore(name: string): string | undefined {
    const head = this.#older.get(name)
    if (head !== undefined) this.set(name, head)
    return head
  }

  set(name: string, head: string): void {
    if (name.length > maxLength) return
    if (this.#recent.size === maxNames) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(name, head)
  }
}

export const typeHead = 'type'
