import { canResend, DeadlineReason, type Middleware, Watched } from '@halyard/core'

export const identity = (): Middleware => ({ name: 'identity', wrap: (next) => (request, call) => next(request, call) })

/** The template of the documentation. */
export const requestId = (): Middleware => ({
  name: 'request-id',
  wrap: (next) => (request, call) =>
    next(request.with({ headers: request.headers.with('x-request-id', crypto.randomUUID()) }), call),
})

/** Up to three attempts, a second apart. */
export const patientRetry = (): Middleware => ({
  name: 'patient-retry',
  wrap: (next, runtime) => async (request, call) => {
    for (let attempt = 0; ; attempt += 1) {
      const fork = call.fork({ attempt })
      try {
        const response = await next(request, fork)
        if (response.status !== 503 || attempt === 2 || call.cancelled || !canResend(request, { response }))
          return response
        await response.body.discard()
      } catch (error) {
        if (attempt === 2 || call.cancelled || !canResend(request, { error })) throw error
      }
      await new Promise<void>((resolve, reject) => {
        const listener = {
          onCancel: (reason: unknown): void => {
            cancelTimer()
            reject(reason)
          },
        }
        const cancelTimer = runtime.after(1000, () => {
          call.removeListener(listener)
          resolve()
        })
        call.addListener(listener)
      })
    }
  },
})

/** Cancels after half a minute, by the watchdog. */
export const limit = (): Middleware => ({
  name: 'limit',
  wrap: (next, runtime) => (request, call) => {
    const fork = call.fork()
    const watched = new Due(() => fork.cancel(new DeadlineReason('attempt', 30_000)))
    runtime.watchdog.watch(watched, runtime.now() + 30_000)
    return next(request, fork).finally(() => runtime.watchdog.unwatch(watched))
  },
})

class Due extends Watched {
  readonly #run: () => void

  constructor(run: () => void) {
    super()
    this.#run = run
  }

  override onDue(): void {
    this.#run()
  }
}
