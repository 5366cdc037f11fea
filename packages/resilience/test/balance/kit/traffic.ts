import type { Pipeline } from '@halyard/core'
import type { FakeClock } from '@halyard/testing'

export interface TrafficOptions {
  readonly requests: number
  readonly perSecond: number
}

/** Sends requests at random times, as independent callers do; the latency of each until its head, in order of arrival. */
export async function traffic(
  api: Pick<Pipeline, 'get'>,
  clock: FakeClock,
  { requests, perSecond }: TrafficOptions,
): Promise<number[]> {
  const latencies: number[] = []
  const send = async (index: number): Promise<void> => {
    const startedAt = clock.now()
    const response = await api.get('/')
    latencies[index] = clock.now() - startedAt
    await response.body.discard()
  }
  const all: Promise<void>[] = []
  const arrive = (): void => {
    all.push(send(all.length))
    if (all.length < requests) clock.after((-Math.log(1 - clock.random()) * 1_000) / perSecond, arrive)
  }
  arrive()
  while (all.length < requests) await clock.advance(10_000)
  const every = Promise.all(all)
  let isDone = false
  void every.finally(() => (isDone = true))
  while (!isDone) await clock.advance(1_000)
  await every
  return latencies
}

export function percentile(latencies: readonly number[], share: number): number {
  const sorted = [...latencies].toSorted((left, right) => left - right)
  return sorted[Math.ceil(sorted.length * share) - 1] ?? NaN
}
