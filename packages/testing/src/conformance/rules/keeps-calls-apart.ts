import type { HttpResponse } from '@halyard/core'
import { Broken } from '../trial.ts'
import type { Rule } from '../rule.ts'

/** Many calls at once, answered last first: each gets its own answer. */
export const keepsCallsApart: Rule = {
  name: 'keeps concurrent calls apart',
  check: async (bench) => {
    const waiting: (() => void)[] = []
    await using trial = bench.trial(
      ({ request, respond }) =>
        new Promise<HttpResponse>((resolve) => {
          const body = `answer to ${request.headers.get(mark)}`
          waiting.push(() => resolve(respond({ body })))
        }),
    )
    const { request } = trial
    const calls = Array.from({ length: bench.options.concurrentCalls ?? 50 }, (_, index) => {
      const url = new URL(request.url)
      url.searchParams.set('conformance', String(index))
      return trial.start(request.with({ url, headers: request.headers.with(mark, String(index)) }))
    })
    const answered = await trial.until(() => {
      waiting.pop()?.()
      return calls.every(({ settled }) => settled)
    })
    if (!answered) throw new Broken(`of ${calls.length} calls at once, some never settle`)
    for (const [index, call] of calls.entries()) {
      const body = call.response === undefined ? `the error ${String(call.error)}` : await call.read()
      if (body !== `answer to ${index}`) throw new Broken(`call ${index} of ${calls.length} got: ${body}`)
    }
  },
}

const mark = 'x-conformance-call'
