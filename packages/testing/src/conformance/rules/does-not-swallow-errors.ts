import { brokenConnection } from '../failures.ts'
import { Broken } from '../trial.ts'
import type { Rule } from '../rule.ts'

/** What `next` throws or rejects with comes out, the same object. */
export const doesNotSwallowErrors: Rule = {
  name: 'does not swallow errors',
  check: async (bench) => {
    for (const how of ['throws', 'rejects with'] as const) {
      for (const what of ['a programming error', 'a broken connection'] as const) {
        let thrown: Error | undefined
        await using trial = bench.trial(({ request }) => {
          thrown ??= what === 'a programming error' ? new TypeError('from next') : brokenConnection(request)
          if (how === 'throws') throw thrown
          return Promise.reject(thrown)
        })
        const { response, error } = await trial.run()
        if (response !== undefined) throw new Broken(`next ${how} ${what}, the middleware answers ${response.status}`)
        if (error !== thrown && bench.options.mayReplaceErrors !== true)
          throw new Broken(`next ${how} ${what}, the middleware fails with another error: ${String(error)}`)
      }
    }
  },
}
