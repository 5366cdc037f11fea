import { Broken } from '../trial.ts'
import type { Rule } from '../rule.ts'

/** A plain answer comes back as it is, also one whose status says that something is missing. */
export const passesThrough: Rule = {
  name: 'passes through',
  check: async (bench) => {
    for (const status of [200, 404]) {
      const body = `the answer of ${status}`
      await using trial = bench.trial(({ respond }) => respond({ status, headers: { 'x-answer': body }, body }))
      const ended = await trial.run()
      const { response, error } = ended
      if (trial.asked.length === 0) throw new Broken('next was not called')
      if (response === undefined) throw new Broken(`next answered ${status}, the middleware failed: ${String(error)}`)
      if (response.status !== status) throw new Broken(`next answered ${status}, the middleware ${response.status}`)
      if (response.headers.get('x-answer') !== body) throw new Broken('a header of the answer was lost or changed')
      const got = await ended.read()
      if (got !== body) throw new Broken(`the body of the answer became ${JSON.stringify(got)}`)
    }
  },
}
