import type { Runtime } from '@halyard/core'
import { fakeRuntime } from '@halyard/testing'

/** A runtime whose wall clock stands still. */
export function at(ms: number): Runtime {
  return new Proxy(fakeRuntime(), {
    get: (target, name): unknown => (name === 'date' ? () => ms : Reflect.get(target, name, target)),
  })
}
