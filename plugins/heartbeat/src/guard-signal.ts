type Add = AbortSignal['addEventListener']
type Remove = AbortSignal['removeEventListener']
type Callback = Parameters<Add>[1]
type Listener = (this: AbortSignal, event: Event) => void

/**
 * Makes a problem of what a listener of this signal throws, or rejects with. Without this it would end the process,
 * since nobody is there to catch it.
 *
 * @param onError called with what was thrown
 */
export function guardSignal(signal: AbortSignal, onError: (err: unknown) => void): AbortSignal {
  const guarded = new WeakMap<object, Listener>()
  const guard = (callback: Callback): Callback => {
    if (!callback) return callback
    let listener = guarded.get(callback)
    listener ??= async function (event) {
      try {
        await (typeof callback === 'function' ? callback.call(this, event) : callback.handleEvent(event))
      } catch (err) {
        onError(err)
      }
    }
    guarded.set(callback, listener)
    return listener as Callback
  }
  const { addEventListener, removeEventListener } = signal
  const add: Add = (type, callback, options) => addEventListener.call(signal, type, guard(callback), options)
  const remove: Remove = (type, callback, options) =>
    removeEventListener.call(signal, type, guard(callback), options)
  return Object.assign(signal, { addEventListener: add, removeEventListener: remove })
}
