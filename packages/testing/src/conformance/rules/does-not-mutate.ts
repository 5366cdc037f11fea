import { type HttpRequest, textBody } from '@halyard/core'
import { Broken } from '../trial.ts'
import type { Rule } from '../rule.ts'

/** The request and the options that the middleware was given are the same afterwards. They are frozen, to be sure. */
export const doesNotMutate: Rule = {
  name: 'does not mutate',
  check: async (bench) => {
    await using trial = bench.trial(({ respond }) => respond({ body: 'x' }))
    for (const request of [trial.request, trial.request.with({ method: 'POST', body: textBody('sent') })]) {
      Object.freeze(request.headers.toFlat())
      Object.freeze(request.headers)
      Object.freeze(request)
      const before = facts(request)
      const options = JSON.stringify(bench.options.callOptions)
      const ended = await trial.run(request)
      await ended.read()
      const changed = Object.entries(facts(request)).find(([name, value]) => value !== before[name])
      if (changed !== undefined) throw new Broken(`the request's ${changed[0]} was changed`)
      if (JSON.stringify(bench.options.callOptions) !== options)
        throw new Broken('the options of the call were changed')
      if (ended.error instanceof TypeError) throw new Broken(`it fails on a frozen request: ${ended.error.message}`)
    }
  },
}

function facts(request: HttpRequest): Record<string, unknown> {
  const { method, origin, path, body } = request
  return { method, origin, path, body, headers: JSON.stringify([...request.headers]) }
}
