import {
  bytesBody,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Middleware,
  newCall,
  respond,
} from '@halyard/core'
import type { ConformanceRule } from '../../src/index.ts'

/** A middleware that breaks a rule. */
interface Bad {
  readonly rule: ConformanceRule
  readonly how: string
  readonly make: () => Middleware
}

const middleware = (wrap: Middleware['wrap']): Middleware => ({ name: 'bad', wrap })

export const badMiddlewares: readonly Bad[] = [
  {
    rule: 'passes through',
    how: 'changes the status',
    make: () =>
      middleware((next) => async (request, call) => {
        const response = await next(request, call)
        return respond({ status: 202, headers: response.headers, body: await response.body.bytes() })
      }),
  },
  {
    rule: 'passes through',
    how: 'changes the body',
    make: () =>
      middleware((next) => async (request, call) => {
        const { status, headers, body } = await next(request, call)
        return respond({ status, headers, body: `${Buffer.from(await body.bytes()).toString()}!` })
      }),
  },
  {
    rule: 'passes through',
    how: 'loses the headers',
    make: () =>
      middleware((next) => async (request, call) => {
        const { status, body } = await next(request, call)
        return respond({ status, body: await body.bytes() })
      }),
  },
  {
    rule: 'passes through',
    how: 'reads the body that it returns',
    make: () =>
      middleware((next) => async (request, call) => {
        const response = await next(request, call)
        await response.body.bytes()
        return response
      }),
  },
  {
    rule: 'passes through',
    how: 'throws for a status',
    make: () =>
      middleware((next) => async (request, call) => {
        const response = await next(request, call)
        if (response.status < 400) return response
        await response.body.discard()
        throw new Error('not found')
      }),
  },
  {
    rule: 'passes through',
    how: 'answers by itself',
    make: () => middleware(() => () => Promise.resolve(respond({ body: 'mine' }))),
  },
  {
    rule: 'passes through',
    how: 'never answers',
    make: () => middleware((next) => (request, call) => next(request, call).then(() => new Promise(() => {}))),
  },
  {
    rule: 'does not mutate',
    how: 'assigns to the request',
    make: () =>
      middleware((next) => (request, call) => {
        Object.assign(request, { path: '/elsewhere' })
        return next(request, call)
      }),
  },
  {
    rule: 'does not mutate',
    how: 'pushes to the list of headers',
    make: () =>
      middleware((next) => (request, call) => {
        const flat: unknown = request.headers.toFlat()
        if (Array.isArray(flat)) flat.push('x-a', '1')
        return next(request, call)
      }),
  },
  {
    rule: 'does not swallow errors',
    how: 'answers instead of failing',
    make: () =>
      middleware((next) => async (request, call) => {
        try {
          return await next(request, call)
        } catch {
          return respond({ status: 500 })
        }
      }),
  },
  {
    rule: 'does not swallow errors',
    how: 'wraps the error',
    make: () =>
      middleware((next) => async (request, call) => {
        try {
          return await next(request, call)
        } catch (cause) {
          throw new Error('wrapped', { cause })
        }
      }),
  },
  {
    rule: 'forwards cancellation',
    how: 'gives next a call of its own',
    make: () => middleware((next) => (request) => next(request, newCall())),
  },
  {
    rule: 'forwards cancellation',
    how: 'sleeps on after the cancellation',
    make: () =>
      middleware((next, runtime) => async (request, call) => {
        const response = await next(request, call)
        if (response.status === 503) await runtime.sleep(60_000)
        return response
      }),
  },
  {
    rule: 'stops when cancelled',
    how: 'tries again whatever failed',
    make: () =>
      middleware((next) => async (request, call) => {
        try {
          return await next(request, call)
        } catch {
          return await next(request, call)
        }
      }),
  },
  {
    rule: 'stops when cancelled',
    how: 'sends the second attempt after a wait in which the call was cancelled',
    make: () =>
      middleware((next, runtime) => async (request, call) => {
        const response = await next(request, call)
        if (response.status !== 503) return response
        await response.body.discard()
        await runtime.sleep(1000)
        return await next(request, call)
      }),
  },
  {
    rule: 'leaves no listeners',
    how: 'keeps its listener on the call',
    make: () =>
      middleware((next) => (request, call) => {
        call.addListener({ onCancel: () => {} })
        return next(request, call)
      }),
  },
  {
    rule: 'leaves no listeners',
    how: "keeps its listener on the call's signal",
    make: () =>
      middleware((next) => (request, call) => {
        call.signal.addEventListener('abort', () => {})
        return next(request, call)
      }),
  },
  {
    rule: 'discards what it drops',
    how: 'tries again without discarding',
    make: () =>
      middleware((next) => async (request, call) => {
        const response = await next(request, call)
        return response.status === 503 && !call.cancelled ? await next(request, call) : response
      }),
  },
  {
    rule: 'discards what it drops',
    how: 'leaves early and forgets the answer that comes late',
    make: () =>
      middleware(
        (next) => (request, call) =>
          new Promise((resolve, reject) => {
            const listener = { onCancel: reject }
            call.addListener(listener)
            next(request, call)
              .finally(() => call.removeListener(listener))
              .then(resolve, reject)
          }),
      ),
  },
  {
    rule: 'opens a body once',
    how: 'sends any body again',
    make: () =>
      middleware((next) => async (request, call) => {
        const response = await next(request, call)
        if (response.status !== 401) return response
        await response.body.discard()
        return await next(request, call)
      }),
  },
  {
    rule: 'opens a body once',
    how: 'opens the body to look at it',
    make: () =>
      middleware((next) => (request, call) => {
        const opened = request.body?.open()
        return next(
          opened instanceof Uint8Array && opened.byteLength > 1000
            ? request.with({ body: bytesBody(opened) })
            : request,
          call,
        )
      }),
  },
  { rule: 'keeps concurrent calls apart', how: 'keeps the request outside of the call', make: () => sharedRequest() },
  { rule: 'keeps concurrent calls apart', how: 'gives all the first answer', make: () => sharedAnswer() },
  {
    rule: 'wraps independently',
    how: 'keeps next outside of wrap',
    make: () => {
      let inner: HttpHandler | undefined
      return middleware((next) => {
        inner = next
        return (request, call) => (inner ?? next)(request, call)
      })
    },
  },
]

function sharedRequest(): Middleware {
  let latest: HttpRequest
  return middleware((next) => async (request, call) => {
    latest = request
    await Promise.resolve()
    return await next(latest, call)
  })
}

function sharedAnswer(): Middleware {
  return middleware((next) => {
    let pending: Promise<HttpResponse> | undefined
    return async (request, call) => {
      pending ??= next(request, call).finally(() => (pending = undefined))
      const response = await pending
      return response
    }
  })
}
