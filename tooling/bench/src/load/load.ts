import process from 'node:process'

export interface LoadPlan {
  readonly inFlight: number
  readonly warmUp: WarmUp
  readonly measureMs: number
}

export interface WarmUp {
  /** It ends when this process has used so much CPU: as much for each client, however busy the machine. */
  readonly cpuMs: number
  readonly atMostMs: number
}

export interface Sample {
  readonly calls: number
  readonly perSecond: number
  /** User and system time of this process for each call, microseconds. */
  readonly cpuMicros: number
}

type CallOnce = () => Promise<unknown>

export async function warmUp(call: CallOnce, { inFlight, warmUp: { cpuMs, atMostMs } }: LoadPlan): Promise<void> {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  let made = 0
  let over = false
  await keepInFlight(call, inFlight, () => {
    if (over || made++ % 16 !== 0) return !over
    const { user, system } = process.cpuUsage(cpu)
    over = (user + system) / 1000 >= cpuMs || performance.now() - startedAt >= atMostMs
    return !over
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
