import type { HttpResponse, RespondInit } from '@halyard/core'
import { brokenConnection } from '../failures.ts'
import { Broken } from '../trial.ts'
import type { Bench, Rule } from '../rule.ts'

/** Answers that some middleware or other acts on. */
const tempting: readonly RespondInit[] = [
  { status: 200 },
  { status: 302, headers: { location: '/elsewhere' } },
  { status: 304, headers: { etag: '"1"' } },
  { status: 307, headers: { location: '/elsewhere' } },
  { status: 401, headers: { 'www-authenticate': 'Bearer, Basic realm="conformance"' } },
  { status: 404 },
  { status: 407, headers: { 'proxy-authenticate': 'Basic realm="conformance"' } },
  { status: 429, headers: { 'retry-after': '1' } },
  { status: 500 },
  { status: 503, headers: { 'retry-after': '1' } },
]

const sequels = ['and again', 'then 200', 'then a broken connection'] as const

/** Every response of `next` is returned, or its body is discarded. */
export const discardsWhatItDrops: Rule = {
  name: 'discards what it drops',
  check: async (bench) => {
    for (const first of tempting) for (const sequel of sequels) await sequence(bench, first, sequel)
    await lateAnswer(bench)
  },
}

async function sequence(bench: Bench, first: RespondInit, sequel: (typeof sequels)[number]): Promise<void> {
  await using trial = bench.trial(({ request, respond, index }) => {
    if (index > 0 && sequel === 'then a broken connection') return Promise.reject(brokenConnection(request))
    return respond({
      ...(index > 0 && sequel === 'then 200' ? {} : first),
      body: `body ${index}`,
      url: request.url,
    })
  })
  const ended = await trial.run()
  await ended.read()
  await trial.quiet(false)
  if (trial.openBodies > 0)
    throw new Broken(
      `next answers ${first.status} ${sequel}: ${trial.openBodies} of its bodies neither returned nor discarded`,
    )
}

/** Who leaves early on cancellation still owns the answer that comes then. */
async function lateAnswer(bench: Bench): Promise<void> {
  const late = Promise.withResolvers<HttpResponse>()
  await using trial = bench.trial(() => late.promise)
  const started = trial.start()
  await trial.until(() => trial.asked.length > 0)
  started.call.cancel(new Error('cancelled by the check'))
  await trial.quiet(false)
  late.resolve(trial.respond({ body: 'late' }))
  await trial.quiet(false)
  await started.read()
  if (trial.openBodies > 0)
    throw new Broken('an answer that comes after the cancellation is neither returned nor discarded')
}
