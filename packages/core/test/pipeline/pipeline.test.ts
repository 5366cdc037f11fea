import { describe, expect, test } from 'vitest'
import {
  AbortedError,
  attachSend,
  bytesBody,
  ClientRuntime,
  compose,
  createPipeline,
  respond,
  streamBody,
  type Call,
  type HttpHandler,
  type HttpRequest,
  type Middleware,
  type Transport,
} from '../../src/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { configError } from '../thrown.ts'

interface Sent {
  readonly request: HttpRequest
  readonly call: Call
}

class Wire implements Transport {
  readonly name = 'wire'
  readonly sent: Sent[] = []
  readonly order: string[] = []
  opened = 0

  open(): HttpHandler {
    this.opened += 1
    return (request, call) => {
      this.order.push('wire')
      this.sent.push({ request, call })
      if (call.cancelled) {
        return Promise.reject(new AbortedError('aborted', { sent: 'no', target: '', cause: call.reason }))
      }
      return Promise.resolve(respond({ url: request.url }))
    }
  }

  get last(): Sent {
    const last = this.sent.at(-1)
    if (last === undefined) throw new Error('nothing was sent')
    return last
  }
}

function layer(name: string, order: string[]): Middleware {
  return {
    name,
    wrap: (next) => {
      order.push(`wrap ${name}`)
      return async (request, call) => {
        order.push(`${name} >`)
        const response = await next(request, call)
        order.push(`< ${name}`)
        return response
      }
    },
  }
}

describe('compose', () => {
  test('first is outermost: it sees the request first and the response last', async () => {
    const wire = new Wire()
    const host = new ClientRuntime(new ManualClock())
    const runtime = attachSend(host, wire.open())
    const handler = compose([layer('a', wire.order), layer('b', wire.order)], runtime.send, runtime)
    expect(wire.order).toEqual(['wrap b', 'wrap a'])
    await createPipeline({ transport: { name: 'x', open: () => handler } }).get('https://h/')
    expect(wire.order.slice(2)).toEqual(['a >', 'b >', 'wire', '< b', '< a'])
  })

  test('of nothing is the terminal itself', () => {
    const wire = new Wire()
    const terminal = wire.open()
    expect(compose([], terminal, attachSend(new ClientRuntime(new ManualClock()), terminal))).toBe(terminal)
  })

  test('a layer’s own requests bypass every layer', async () => {
    const wire = new Wire()
    const token: Middleware = {
      name: 'token',
      wrap: (next, runtime) => async (request, call) => {
        await runtime.send(request.with({ url: new URL('https://auth/token') }), call)
        return await next(request, call)
      },
    }
    await createPipeline({ transport: wire, use: [layer('a', wire.order), token] }).get('https://h/x')
    expect(wire.sent.map(({ request }) => request.url.href)).toEqual(['https://auth/token', 'https://h/x'])
    expect(wire.order.filter((step) => step === 'a >')).toHaveLength(1)
  })
})

describe('attachSend', () => {
  test('hands on clock, watchdog and closing', async () => {
    const clock = new ManualClock()
    const host = new ClientRuntime(clock)
    const runtime = attachSend(host, new Wire().open())
    clock.advance(7)
    expect([runtime.now(), runtime.date(), runtime.random()]).toEqual([7, host.date(), 0.5])
    expect(runtime.watchdog).toBe(host.watchdog)
    runtime.after(5, () => undefined)()
    const sleeping = runtime.sleep(5)
    clock.advance(5)
    await sleeping
    const order: string[] = []
    runtime.onClose(() => void order.push('closed'))
    await host.close()
    expect(order).toEqual(['closed'])
  })
})

describe('request', () => {
  test('without a base takes absolute URLs, and refuses paths', async () => {
    const wire = new Wire()
    const api = createPipeline({ transport: wire })
    const response = await api.get('https://user:secret@h/a?b=1#c')
    expect(response.url.href).toBe('https://h/a?b=1')
    await api.get(new URL('https://h/d'))
    expect(wire.last.request.path).toBe('/d')
    await expect(api.get('/a')).rejects.toMatchObject({ code: 'config' })
    await expect(api.get('file:///etc/passwd')).rejects.toMatchObject({ code: 'config' })
  })

  test('with a base joins paths', async () => {
    const wire = new Wire()
    await createPipeline({ transport: wire, baseUrl: 'https://h/v1?key=1' }).request('PUT', '/a')
    expect(wire.last.request).toMatchObject({ method: 'PUT', origin: 'https://h', path: '/v1/a?key=1' })
    await createPipeline({ transport: wire, baseUrl: new URL('http://h:81') }).get('a')
    expect(wire.last.request).toMatchObject({ method: 'GET', origin: 'http://h:81', path: '/a' })
  })

  test.each(['', 'h', '/v1', 'ftp://h/', 'javascript:alert(1)'])('the base %j is refused', (baseUrl) => {
    expect(configError(() => createPipeline({ transport: new Wire(), baseUrl })).option).toBe('baseUrl')
  })

  test.each(['https://user:SECRET@h:bad/', 'h?token=SECRET'])(
    'the message about the base %j shows no secret',
    (baseUrl) => {
      expect(configError(() => createPipeline({ transport: new Wire(), baseUrl })).message).not.toContain('SECRET')
    },
  )

  test.each(['GET\r\nx: y', '', 'G T'])('the method %j is refused, as a rejection', async (method) => {
    await expect(createPipeline({ transport: new Wire() }).request(method, 'https://h/')).rejects.toMatchObject({
      option: 'method',
    })
  })

  test('a body brings its content type, unless the caller set one', async () => {
    const wire = new Wire()
    const api = createPipeline({ transport: wire, baseUrl: 'https://h' })
    await api.request('POST', '/', { body: 'text' })
    expect([...wire.last.request.headers]).toEqual([['content-type', 'text/plain; charset=utf-8']])
    await api.request('POST', '/', { body: 'a,b', headers: { 'Content-Type': 'text/csv' } })
    expect([...wire.last.request.headers]).toEqual([['Content-Type', 'text/csv']])
    await api.request('POST', '/', { body: new Uint8Array([1]) })
    expect([...wire.last.request.headers]).toEqual([])
    expect(wire.last.request.body?.open()).toEqual(new Uint8Array([1]))
    const body = bytesBody(new Uint8Array(), 'image/png')
    await api.request('POST', '/', { body })
    expect(wire.last.request.headers.get('content-type')).toBe('image/png')
    expect(wire.last.request.body).toBe(body)
    await api.request('POST', '/', { body: streamBody((async function* () {})()) })
    expect(wire.last.request.body?.replayable).toBe(false)
    await api.get('/')
    expect(wire.last.request.body).toBeUndefined()
  })

  test('a call has the caller’s options by reference, and the signal', async () => {
    const wire = new Wire()
    const controller = new AbortController()
    const options = { signal: controller.signal, headers: { a: 'x' } }
    const api = createPipeline({ transport: wire, baseUrl: 'https://h' })
    await api.get('/', options)
    expect(wire.last.call.options).toBe(options)
    expect(wire.last.request.headers.get('a')).toBe('x')
    controller.abort('why')
    expect(wire.last.call.reason).toBe('why')
    await expect(api.get('/', options)).rejects.toMatchObject({ code: 'aborted', cause: 'why' })
  })

  test('each call has state of its own', async () => {
    const wire = new Wire()
    const api = createPipeline({ transport: wire, baseUrl: 'https://h' })
    await Promise.all([api.get('/'), api.get('/')])
    expect(wire.sent[0]?.call).not.toBe(wire.sent[1]?.call)
  })
})

describe('layers', () => {
  test('names the layers, outermost first, the transport last', () => {
    const order: string[] = []
    const api = createPipeline({ transport: new Wire(), use: [layer('a', order), layer('b', order)] })
    expect(api.describe()).toEqual(['a', 'b', 'wire'])
    expect(createPipeline({ transport: new Wire() }).describe()).toEqual(['wire'])
  })

  test('extend puts new layers outside, shares the others and the transport, and leaves the original alone', async () => {
    const wire = new Wire()
    const api = createPipeline({ transport: wire, baseUrl: 'https://h', use: [layer('b', wire.order)] })
    const extended = api.extend({ use: [layer('a', wire.order)] })
    expect(extended.describe()).toEqual(['a', 'b', 'wire'])
    expect(api.describe()).toEqual(['b', 'wire'])
    await extended.get('/x')
    expect(wire.order).toEqual(['wrap b', 'wrap a', 'a >', 'b >', 'wire', '< b', '< a'])
    expect(wire.opened).toBe(1)
    wire.order.length = 0
    await api.get('/x')
    expect(wire.order).toEqual(['b >', 'wire', '< b'])
  })

  test('what describe gave may be changed without harm', () => {
    const api = createPipeline({ transport: new Wire() })
    const names: readonly string[] = api.describe()
    Object.assign(names, ['forged'])
    expect(api.describe()).toEqual(['wire'])
  })
})

describe('close', () => {
  function closing(order: string[], name: string, fail = false): Middleware {
    return {
      name,
      wrap: (next, runtime) => {
        runtime.onClose(() => {
          order.push(name)
          if (fail) throw new Error(`${name} failed`)
        })
        return next
      },
    }
  }

  test('runs onClose in reverse, even when one fails, and once', async () => {
    const order: string[] = []
    const transport: Transport = {
      name: 'wire',
      open: (runtime) => {
        runtime.onClose(() => void order.push('wire'))
        return () => Promise.resolve(respond())
      },
    }
    const api = createPipeline({
      transport,
      use: [closing(order, 'a'), closing(order, 'b', true), closing(order, 'c')],
    })
    const extended = api.extend({ use: [closing(order, 'd')] })
    await expect(extended.close()).rejects.toThrow('closing the client failed in part')
    await expect(api.close()).rejects.toMatchObject({ errors: [new Error('b failed')] })
    expect(order).toEqual(['d', 'a', 'b', 'c', 'wire'])
  })

  test('await using closes', async () => {
    const order: string[] = []
    {
      await using api = createPipeline({ transport: new Wire(), use: [closing(order, 'a')] })
      await api.get('https://h/')
      expect(order).toEqual([])
    }
    expect(order).toEqual(['a'])
  })
})
