import type { AnyMiddleware } from '@halyard/core'
import type { ConformanceRule } from './conformance-error.ts'
import type { ConformanceOptions } from './conformance-options.ts'
import { type NextScript, Trial } from './trial.ts'

/** Makes trials, each of a new middleware. */
export class Bench {
  readonly make: () => AnyMiddleware
  readonly options: ConformanceOptions

  constructor(make: () => AnyMiddleware, options: ConformanceOptions) {
    this.make = make
    this.options = options
  }

  trial(script: NextScript, middleware: AnyMiddleware = this.make()): Trial {
    return new Trial(middleware, this.options, script)
  }
}

/** One rule of the contract. */
export interface Rule {
  readonly name: ConformanceRule
  /** @throws Broken, or whatever the middleware throws. */
  readonly check: (bench: Bench) => Promise<void>
}
