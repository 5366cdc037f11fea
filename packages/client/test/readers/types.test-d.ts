import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { Middleware } from '@halyard/core'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { createClient, type ClientResponse, type HttpClient } from '../../src/index.ts'

const api = createClient('http://a.test')

describe('readers', () => {
  test('json without a schema is unknown', async () => {
    expectTypeOf(api.get('/').json()).toEqualTypeOf<Promise<unknown>>()
    expectTypeOf((await api.get('/')).json()).toEqualTypeOf<Promise<unknown>>()
  })

  test('json with a schema is what it makes', async () => {
    const User = z.object({
      id: z.number(),
      at: z.string().transform((text) => new Date(text)),
      tag: z.string().optional(),
    })
    expectTypeOf(await api.get('/').json(User)).toEqualTypeOf<{ id: number; at: Date; tag?: string | undefined }>()
    const Valibot = v.object({ id: v.number(), list: v.array(v.picklist(['a', 'b'])) })
    expectTypeOf(await api.get('/').json(Valibot)).toEqualTypeOf<{ id: number; list: ('a' | 'b')[] }>()
    const Ark = type({ id: 'number', 'name?': 'string' })
    expectTypeOf(await api.get('/').json(Ark)).toEqualTypeOf<{ id: number; name?: string }>()
    expectTypeOf((await api.get('/')).json(User)).resolves.toEqualTypeOf<z.output<typeof User>>()
    expectTypeOf(await api.get('/').json(z.union([z.literal(1), z.literal('x')]))).toEqualTypeOf<1 | 'x'>()
  })

  test('the others', () => {
    const call = api.get('/')
    expectTypeOf(call.text()).toEqualTypeOf<Promise<string>>()
    expectTypeOf(call.bytes()).toEqualTypeOf<Promise<Uint8Array>>()
    expectTypeOf(call.stream()).toEqualTypeOf<AsyncIterable<Uint8Array>>()
    expectTypeOf(call.toWeb()).toEqualTypeOf<ReadableStream<Uint8Array>>()
    expectTypeOf(call.toNode()).toEqualTypeOf<Readable>()
    expectTypeOf(call.discard()).toEqualTypeOf<Promise<void>>()
    expectTypeOf<Awaited<typeof call>>().toEqualTypeOf<ClientResponse>()
  })
})

interface Tenant {
  readonly tenant: string
}
interface Trace {
  readonly trace: boolean
}
declare const tenant: () => Middleware<Tenant>
declare const trace: () => Middleware<Trace>
declare const mute: () => Middleware

describe('options of middlewares', () => {
  test('are there with the middleware, and typed', () => {
    const with1 = createClient('http://a.test', { use: { call: [tenant()], attempt: [trace(), mute()] } })
    with1.get('/', { tenant: 'acme', trace: true, headers: { a: 'b' } })
    // @ts-expect-error a wrong type
    with1.get('/', { tenant: 5 })
    // @ts-expect-error nobody knows it
    with1.get('/', { tenants: 'acme' })
    with1.post('/', {}, { tenant: 'acme' })
    with1.execute('X', '/', { trace: false })
    expectTypeOf(with1).not.toBeAny()
  })

  test('are a type error without it', () => {
    // @ts-expect-error no such middleware
    api.get('/', { tenant: 'acme' })
    const muted = createClient('http://a.test', { use: { call: [mute()] } })
    // @ts-expect-error it has none
    muted.get('/', { tenant: 'acme' })
    expectTypeOf(muted).not.toBeAny()
  })

  test('are gained by extend', () => {
    const extended = api.extend({ use: { call: [tenant()] } }).extend({ use: { attempt: [trace()] }, timeout: 5 })
    extended.get('/', { tenant: 'acme', trace: true })
    // @ts-expect-error the one that was extended has none
    api.get('/', { trace: true })
    expectTypeOf(extended).not.toBeAny()
  })

  test('middlewares can be written where they are used', () => {
    const inline = createClient('http://a.test', {
      use: {
        call: [{ name: 'inline', wrap: (next) => (request, call) => next(request.with({ method: 'GET' }), call) }],
      },
    }).extend({ use: { attempt: [{ name: 'more', wrap: (next) => (request, call) => next(request, call) }] } })
    inline.get('/', { headers: {} })
    // @ts-expect-error nobody knows it
    inline.get('/', { tenant: 'acme' })
    expectTypeOf(inline).not.toBeAny()
  })

  test('are part of what a function may ask for', () => {
    const wants = (client: HttpClient<Tenant>): void => void client.get('/', { tenant: 'x' })
    wants(createClient('http://a.test', { use: { call: [tenant()] } }))
    expectTypeOf(wants).toBeFunction()
  })
})

test('options of calls and clients', () => {
  api.get('/', {
    params: { id: 1 },
    query: { a: [1, 'b', undefined], at: new Date() },
    timeout: { totalMs: 5, idleMs: false },
  })
  api.get('/', { timeout: false, signal: undefined })
  // @ts-expect-error no such style
  api.get('/', { queryStyle: 'x' })
  // @ts-expect-error a number is no header list
  api.get('/', { headers: 5 })
  // @ts-expect-error the network cannot be changed by extend
  api.extend({ tls: {} })
  // @ts-expect-error unknown
  createClient('http://a.test', { timeouts: 5 })
  // @ts-expect-error unknown, nested
  createClient('http://a.test', { pool: { maxConnection: 5 } })
  expectTypeOf(api).not.toBeAny()
})
