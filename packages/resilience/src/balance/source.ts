import type { HostRuntime } from '@halyard/core'
import type { EndpointLike } from './endpoint-init.ts'

/** What a source may use: time and chance of the client. */
export type SourceRuntime = Pick<HostRuntime, 'now' | 'random' | 'sleep'>

/** Tells which endpoints there are, and tells it again when they change. */
export interface EndpointSource {
  /** The URL that requests come with, in place of which an endpoint's is put. @defaultValue `http://endpoints.invalid` */
  readonly base?: string | undefined
  /**
   * Each list replaces the one before. When it throws it is started again, later each time; when it ends its last list
   * stays. Must end, or throw, when `signal` aborts. Waits with `runtime.sleep`, never with timers of its own.
   */
  watch(signal: AbortSignal, runtime: SourceRuntime): AsyncIterable<readonly EndpointLike[]>
}

export function isSource(value: unknown): value is EndpointSource {
  return typeof value === 'object' && value !== null && 'watch' in value && typeof value.watch === 'function'
}

const firstWaitMs = 1_000
const longestWaitMs = 30_000

/** Follows a source until `signal` aborts. Never rejects. */
export async function follow(
  source: EndpointSource,
  runtime: SourceRuntime,
  signal: AbortSignal,
  take: (list: readonly EndpointLike[]) => void,
  failed: (error: unknown) => void,
): Promise<void> {
  let waitMs = firstWaitMs
  while (!signal.aborted) {
    try {
      for await (const list of source.watch(signal, runtime)) {
        if (signal.aborted) return
        // A list that is wrong does not end the source: the next one may be right.
        try {
          take(list)
          waitMs = firstWaitMs
        } catch (error) {
          failed(error)
        }
      }
      return
    } catch (error) {
      if (signal.aborted) return
      failed(error)
    }
    await runtime.sleep(waitMs, signal).catch(() => undefined)
    waitMs = Math.min(longestWaitMs, waitMs * 2)
  }
}
