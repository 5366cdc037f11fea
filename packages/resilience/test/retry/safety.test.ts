import {
  bytesBody,
  factoryBody,
  newCall,
  respond,
  streamBody,
  textBody,
  type Call,
  type HttpResponse,
  type RequestBody,
  type RespondInit,
} from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { constant, type RetryInit } from '../../src/retry/index.ts'
import { broken, request } from './kit/failures.ts'
import { Scene, type Step } from './kit/scene.ts'

const idempotent = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'PUT', 'DELETE']
const others = ['POST', 'PATCH', 'LOCK', 'get', 'Put', 'CUSTOM']

async function* chunks(): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  yield new TextEncoder().encode('bo')
  yield new TextEncoder().encode('dy')
}

const bodies: readonly [kind: string, make: () => RequestBody | undefined, replayable: boolean][] = [
  ['no', () => undefined, true],
  ['a text', () => textBody('body'), true],
  ['a byte', () => bytesBody(new TextEncoder().encode('body')), true],
  ['a factory', () => factoryBody(chunks), true],
  ['a one-shot', () => streamBody(chunks()), false],
]

/** What a server does with the request: reads it or not, and answers or not. */
const outcomes: readonly [name: string, opens: boolean, end: Error | RespondInit, sent: boolean][] = [
  ['not sent', false, broken('no', 'connect'), false],
  ['perhaps sent', true, broken('maybe'), true],
  ['refused by the server before it acted', true, broken('no'), false],
  ['answered 503', true, { status: 503 }, true],
  ['answered 429', true, { status: 429 }, true],
]

async function text(body: RequestBody | undefined): Promise<string> {
  const opened = body?.open()
  if (opened === undefined) return ''
  if (opened instanceof Uint8Array) return Buffer.from(opened).toString()
  let all = ''
  for await (const chunk of opened) all += Buffer.from(chunk).toString()
  return all
}

/** Makes a call whose first attempt ends so and whose second works; returns the bodies that the server got. */
async function got(
  method: string,
  body: RequestBody | undefined,
  [, opens, end]: (typeof outcomes)[number],
  call: Call = newCall(),
  options: RetryInit = {},
): Promise<string[]> {
  const received: string[] = []
  const first: Step = async (sent): Promise<HttpResponse> => {
    if (opens) received.push(await text(sent.body))
    if (end instanceof Error) throw end
    return respond(end)
  }
  const second: Step = async (sent) => {
    received.push(await text(sent.body))
    return respond()
  }
  const scene = new Scene({ backoff: constant({ ms: 10 }), ...options }, [first, second])
  await scene.run(request(method, body), call).catch(() => undefined)
  return received
}

describe.each(outcomes)('a request that was %s', (...outcome) => {
  const [, opens, , sent] = outcome
  for (const [kind, make, replayable] of bodies) {
    // Whatever was not opened is still there.
    const bodyAllows = replayable || !sent
    const expected = kind === 'no' ? '' : 'body'
    // A stream that was read and then refused is gone, though its request may be sent: the second send says so.
    const gone = !replayable && opens && !sent

    test.each(idempotent)(`%s with ${kind} body`, async (method) => {
      if (gone) return expect(await got(method, make(), outcome)).toEqual([expected])
      const times = bodyAllows ? (opens ? 2 : 1) : 1
      return expect(await got(method, make(), outcome)).toEqual(Array.from({ length: times }, () => expected))
    })

    test.each(others)(`%s with ${kind} body, and with a key`, async (method) => {
      const once = Array.from({ length: 1 }, () => expected)
      const twice = [expected, expected]
      const again = opens ? twice : once
      expect(await got(method, make(), outcome)).toEqual(sent || gone ? once : again)
      const keyed = await got(method, make(), outcome, newCall({ idempotencyKey: true }))
      expect(keyed).toEqual(gone || !bodyAllows ? once : again)
      // On the caller's own word, too.
      const allowed = await got(method, make(), outcome, newCall(), { methods: [method] })
      expect(allowed).toEqual(gone || !bodyAllows ? once : again)
    })
  }
})

describe('the idempotency key', () => {
  const busy: Step = { status: 503 }

  async function keys(
    call: Call,
    options: RetryInit = {},
    headers: Record<string, string> = {},
    method = 'POST',
  ): Promise<unknown[]> {
    const scene = new Scene(options, [busy, broken(), {}])
    await scene.run(request(method, textBody('x'), headers), call)
    const name = options.idempotencyHeader ?? 'idempotency-key'
    return scene.seen.map((seen) => seen.request.headers.getAll(name))
  }

  test('is made once per call, and the same on every attempt', async () => {
    const [first, second, third] = await keys(newCall({ idempotencyKey: true }))
    expect(first).toEqual([
      expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    ])
    expect([second, third]).toEqual([first, first])
    expect((await keys(newCall({ idempotencyKey: true })))[0]).not.toEqual(first)
  })

  test('of the caller’s own, by option or by header, in a field of any name', async () => {
    expect(await keys(newCall({ idempotencyKey: 'mine' }))).toEqual([['mine'], ['mine'], ['mine']])
    expect(await keys(newCall(), {}, { 'Idempotency-Key': 'own' })).toEqual([['own'], ['own'], ['own']])
    expect(await keys(newCall({ idempotencyKey: true }), {}, { 'Idempotency-Key': 'own' })).toHaveLength(3)
    expect(await keys(newCall({ idempotencyKey: 'mine' }), { idempotencyHeader: 'X-Key' })).toEqual([
      ['mine'],
      ['mine'],
      ['mine'],
    ])
    expect(await keys(newCall(), { idempotencyHeader: 'X-Key' }, { 'x-key': 'own' })).toEqual([
      ['own'],
      ['own'],
      ['own'],
    ])
    // Another field says nothing.
    expect(await keys(newCall(), { idempotencyHeader: 'X-Key' }, { 'idempotency-key': 'own' })).toHaveLength(1)
  })

  test('is sent where nothing is tried again, too: others below look at it', async () => {
    expect(await keys(newCall({ idempotencyKey: 'mine', retry: false }))).toEqual([['mine']])
    expect(await keys(newCall({ idempotencyKey: 'mine' }), {}, {}, 'GET')).toHaveLength(3)
  })

  test.each([false, '', ' ', 7, null, {}])('%j is a fault', async (idempotencyKey) => {
    const scene = new Scene({}, [{}])
    await expect(scene.run(request('POST'), newCall({ idempotencyKey }))).rejects.toMatchObject({
      code: 'config',
      option: 'idempotencyKey',
    })
    expect(scene.seen).toHaveLength(0)
  })

  test('one that could end a line is refused', async () => {
    const scene = new Scene({}, [{}])
    await expect(scene.run(request('POST'), newCall({ idempotencyKey: 'a\r\nb' }))).rejects.toMatchObject({
      code: 'config',
    })
    expect(scene.seen).toHaveLength(0)
  })

  test('undefined is none', async () => {
    expect(await keys(newCall({ idempotencyKey: undefined }))).toEqual([[]])
  })
})
