import { Broken } from '../trial.ts'
import type { Rule } from '../rule.ts'

/** One middleware in two clients: each uses its own `next`. */
export const wrapsIndependently: Rule = {
  name: 'wraps independently',
  check: async (bench) => {
    const middleware = bench.make()
    await using first = bench.trial(({ respond }) => respond({ body: 'first' }), middleware)
    await using second = bench.trial(({ respond }) => respond({ body: 'second' }), middleware)
    for (const [trial, expected] of [
      [first, 'first'],
      [second, 'second'],
      [first, 'first'],
    ] as const) {
      const got = await (await trial.run()).read()
      if (got !== expected) throw new Broken(`wrapped twice, the ${expected} handler gives the answer ${got}`)
    }
  },
}
