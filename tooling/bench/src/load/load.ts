import process from 'node:process'

export interface LoadPlan {
  readonly inFlight: number
  readonly warmUp: WarmUp
  readonly measureMs: number
}

export interface WarmUp {
  readonly atLeastMs: number
  /** It goes on until so many calls were made, but for no more than three times `atLeastMs`. */
  readonly calls: number
}

export interface Sample {
  readonly calls: number
  readonly perSecond: number
  /** User and system time of this process for each call, microseconds. */
  readonly cpuMicros: number
}

type CallOnce = () => Promise<unknown>

export async function warmUp(call: CallOnce, { inFlight, warmUp: { atLeastMs, calls } }: LoadPlan): Promise<void> {
  const startedAt = performance.now()
  let made = 0
  await keepInFlight(call, inFlight, () => {
    made++
    const elapsed = performance.now() - startedAt
    return elapsed < atLeastMs || (elapsed < atLeastMs * 3 && made < calls)
  })
}

/** Keeps `inFlight` calls going for `measureMs`; counts those that ended, and all the time until the last one has. */
export async function measure(call: CallOnce, { inFlight, measureMs }: LoadPlan): Promise<Sample> {
  let calls = 0
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await keepInFlight(call, inFlight, () => {
    if (performance.now() - startedAt >= measureMs) return false
    calls++
    return true
  })
  const seconds = (performance.now() - startedAt) / 1000
  const used = process.cpuUsage(cpu)
  return { calls, perSecond: calls / seconds, cpuMicros: (used.user + used.system) / calls }
}

async function keepInFlight(call: CallOnce, inFlight: number, goOn: () => boolean): Promise<void> {
  const lane = async (): Promise<void> => {
    while (goOn()) await call()
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}
