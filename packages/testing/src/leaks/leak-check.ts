import { eventLoopTurn } from '../time/event-loop-turn.ts'
import { abortListeners } from './abort-listeners.ts'
import { watchHandles } from './open-handles.ts'

/** What else a leak check looks at. */
export interface LeakCheckOptions {
  /** Signals that must end up with the listeners that they have now. */
  readonly signals?: readonly AbortSignal[]
  /** How long sockets may take to close. @defaultValue 1000 */
  readonly withinMs?: number
}

/** Compares the end of a test with its beginning. */
export interface LeakCheck extends AsyncDisposable {
  /**
   * Waits for what is closing, and ends the check.
   * @throws Error that names the sockets and servers opened since the start that are still open, the listeners left on
   * the signals, and the promises that were rejected with nobody looking.
   */
  check(): Promise<void>
}

/**
 * Starts to look for leaks. Declare it first, so that with `await using` it is checked last.
 *
 * @example
 * ```ts
 * await using leaks = leakCheck()
 * await using server = await httpServer((request, response) => void response.end())
 * ```
 */
export function leakCheck(options: LeakCheckOptions = {}): LeakCheck {
  const handles = watchHandles()
  const signals = (options.signals ?? []).map((signal) => ({ signal, before: abortListeners(signal) }))
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)

  const leaks = (): readonly string[] => [
    ...handles.open(),
    ...signals
      .filter(({ signal, before }) => abortListeners(signal) > before)
      .map(({ signal, before }) => `${abortListeners(signal) - before} × listener on an AbortSignal`),
    ...rejections.map((reason) => `unhandled rejection: ${String(reason)}`),
  ]

  let checked: Promise<void> | undefined
  const check = async (): Promise<void> => {
    const end = performance.now() + (options.withinMs ?? 1000)
    // A turn at least: rejections are reported at its end.
    do await eventLoopTurn()
    while (leaks().length > rejections.length && performance.now() < end)
    handles.stop()
    process.off('unhandledRejection', onRejection)
    const left = leaks()
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`, { cause: rejections[0] })
  }
  const once = (): Promise<void> => (checked ??= check())
  return { check: once, [Symbol.asyncDispose]: once }
}
