import { CallContext, headerList, httpRequest, respond, type HttpRequest } from '@halyard/core'
import { checkMiddleware, fakeRuntime } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deadlineHeader, parseTimeout, type DeadlineHeaderOptions } from '../../src/deadline/index.ts'

const plain = httpRequest({
  method: 'GET',
  origin: 'http://d.test',
  path: '/',
  headers: headerList({}),
  body: undefined,
})

async function sent(
  options: DeadlineHeaderOptions,
  deadlineAt: number | undefined,
  request = plain,
  afterMs = 0,
): Promise<HttpRequest> {
  await using runtime = fakeRuntime()
  await runtime.clock.advance(afterMs)
  let seen = request
  const handler = deadlineHeader(options).wrap((passed) => {
    seen = passed
    return Promise.resolve(respond())
  }, runtime)
  const call = new CallContext()
  call.deadlineAt = deadlineAt
  await handler(request, call)
  return seen
}

describe('what is left', () => {
  test.each<[DeadlineHeaderOptions, number, string, string]>([
    [{}, 5000, 'x-request-timeout-ms', '4000'],
    [{}, 5000.9, 'x-request-timeout-ms', '4000'],
    [{}, 1000, 'x-request-timeout-ms', '0'],
    [{}, 500, 'x-request-timeout-ms', '0'],
    [{ marginMs: 50 }, 5000, 'x-request-timeout-ms', '3950'],
    [{ marginMs: 9000 }, 5000, 'x-request-timeout-ms', '0'],
    [{ header: 'X-Budget' }, 5000, 'x-budget', '4000'],
    [{ format: 'grpc' }, 5000, 'grpc-timeout', '4000m'],
    [{ format: 'grpc', header: 'x-timeout' }, 5000, 'x-timeout', '4000m'],
    // Eight digits at most.
    [{ format: 'grpc' }, 100_000_999, 'grpc-timeout', '99999999m'],
    [{ format: 'grpc' }, 100_001_000, 'grpc-timeout', '100000S'],
    [{ format: 'grpc' }, 2 ** 31 + 999, 'grpc-timeout', '2147483S'],
  ])('%j, due at %i: %s: %s', async (options, deadlineAt, name, value) => {
    expect((await sent(options, deadlineAt, plain, 1000)).headers.getAll(name)).toEqual([value])
  })

  test('without a deadline, or where the caller said it, the request is as it was', async () => {
    expect(await sent({}, undefined)).toBe(plain)
    const own = plain.with({ headers: headerList({ 'X-Request-Timeout-Ms': '7' }) })
    expect(await sent({}, 5000, own)).toBe(own)
  })

  test('at each attempt anew', async () => {
    await using runtime = fakeRuntime()
    const values: unknown[] = []
    const handler = deadlineHeader().wrap((passed) => {
      values.push(passed.headers.get('x-request-timeout-ms'))
      return Promise.resolve(respond())
    }, runtime)
    const call = new CallContext()
    call.deadlineAt = 1000
    await handler(plain, call.fork({ attempt: 0 }))
    await runtime.clock.advance(300)
    await handler(plain, call.fork({ attempt: 1 }))
    expect(values).toEqual(['1000', '700'])
  })

  test('is read again as what was written, never more', () => {
    const ms = fc.double({ min: 0, max: 2 ** 31 - 1, noNaN: true })
    return fc.assert(
      fc.asyncProperty(ms, fc.constantFrom('ms', 'grpc'), async (left, format) => {
        const request = await sent({ format, header: 'h' }, left)
        const read = parseTimeout(request.headers.get('h') ?? '')
        expect(read).toBeLessThanOrEqual(left)
        expect(read).toBeGreaterThan(left - (left < 1e8 ? 1 : 1000))
      }),
      { numRuns: 50 },
    )
  })
})

describe('parseTimeout', () => {
  test.each<[string, number | undefined]>([
    ['0', 0],
    ['1500', 1500],
    [' 1500 ', 1500],
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['4m', 4],
    ['5000u', 5],
    ['6000000n', 6],
    ['99999999m', 99_999_999],
    ['123456789m', undefined],
    ['99999999H', undefined],
    ['2147483647', 2_147_483_647],
    ['2147483648', undefined],
    ['9'.repeat(400), undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['1s', undefined],
    ['S', undefined],
    ['', undefined],
    ['10, 20', undefined],
  ])('%j is %j', (text, ms) => {
    expect(parseTimeout(text)).toBe(ms)
  })
})

test('the contract and the options', async () => {
  expect(deadlineHeader().name).toBe('deadline-header')
  await expect(checkMiddleware(() => deadlineHeader())).resolves.toBeUndefined()
  const refused: [object, string][] = [
    [{ headers: 'x' }, "did you mean 'header'?"],
    [{ header: 'a b' }, 'deadlineHeader.header: expected the name of a header field'],
    [{ format: 's' }, "deadlineHeader.format: expected 'ms' or 'grpc'"],
    [{ marginMs: -1 }, 'deadlineHeader.marginMs: expected'],
  ]
  for (const [options, message] of refused) expect(() => deadlineHeader(options)).toThrow(message)
})
