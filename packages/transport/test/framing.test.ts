import { HeaderFields, bytesBody, factoryBody, httpRequest, isHttpError, type RequestBody } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkFraming, declaredLength, endsConnection, keepsAlive } from '../src/exchange/framing.ts'

const request = (headers: readonly string[], body?: RequestBody, method = 'POST') =>
  httpRequest({ method, origin: 'http://x', path: '/', headers: new HeaderFields([...headers]), body })

describe('whether a server leaves the connection open', () => {
  test.each([
    ['1.1', undefined, true],
    ['1.1', 'keep-alive', true],
    ['1.1', '', true],
    ['1.1', 'close', false],
    ['1.1', 'CLOSE', false],
    ['1.1', ' close ', false],
    ['1.1', 'keep-alive, close', false],
    ['1.1', 'close,keep-alive', false],
    ['1.1', ['x', 'close'], false],
    ['1.1', 'closed', true],
    ['1.1', 'not-close', true],
    ['1.0', undefined, false],
    ['1.0', 'keep-alive', true],
    ['1.0', 'Keep-Alive', true],
    ['1.0', ['x', 'keep-alive'], true],
    ['1.0', 'keep-alive, close', false],
    ['1.0', 'keep-alives', false],
    ['2', undefined, true],
    ['2', 'close', true],
  ] as const)('HTTP/%s, %j: %s', (version, connection, stays) => {
    expect(keepsAlive(version, connection)).toBe(stays)
  })

  test('by the list of options, whatever its spaces and case', () => {
    const option = fc.constantFrom('close', 'Close', 'keep-alive', 'KEEP-ALIVE', 'x', 'upgrade')
    fc.assert(
      fc.property(
        fc.constantFrom('1.0', '1.1'),
        fc.array(fc.tuple(option, fc.nat(3)), { minLength: 1 }),
        (version, list) => {
          const value = list.map(([name, spaces]) => `${' '.repeat(spaces)}${name}${' '.repeat(spaces)}`).join(',')
          const names = list.map(([name]) => name.toLowerCase())
          const stays = !names.includes('close') && (version === '1.1' || names.includes('keep-alive'))
          expect(keepsAlive(version, value)).toBe(stays)
        },
      ),
    )
  })
})

describe('lengths', () => {
  test('the right length is accepted in any case of its name, any other is not', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.mixedCase(fc.constant('content-length')), (size, said, name) => {
        const wanted = request([name, String(said)], bytesBody(new Uint8Array(size)))
        if (said === size) expect(() => checkFraming(wanted)).not.toThrow()
        else expect(() => checkFraming(wanted)).toThrow(/the length of the body/)
      }),
    )
  })

  test('what is no number is refused', () => {
    fc.assert(
      fc.property(
        fc.string().filter((value) => !/^\d{1,15}$/.test(value)),
        (value) => {
          let refused: unknown
          try {
            checkFraming(
              request(
                ['content-length', value],
                factoryBody(() => fc as never),
              ),
            )
          } catch (error) {
            refused = error
          }
          expect(isHttpError(refused, 'config')).toBe(true)
        },
      ),
    )
  })

  test('without a body it is 0', () => {
    expect(() => checkFraming(request(['content-length', '0']))).not.toThrow()
    expect(() => checkFraming(request(['content-length', '1']))).toThrow(/length of the body \(0\)/)
  })

  test('who knows it', () => {
    const open = () => [] as unknown as AsyncIterable<Uint8Array>
    expect(declaredLength(request([]))).toBeUndefined()
    expect(declaredLength(request([], factoryBody(open)))).toBeUndefined()
    expect(declaredLength(request([], factoryBody(open, { length: 3 })))).toBe(3)
    expect(declaredLength(request(['Content-Length', '4'], factoryBody(open)))).toBe(4)
  })
})

test.each([
  ['GET', false, false],
  ['HEAD', false, true],
  ['DELETE', false, false],
  ['DELETE', true, true],
  ['POST', true, false],
  ['PUT', true, false],
  ['PATCH', true, false],
  ['QUERY', true, false],
  ['GET', true, true],
])('%s, body %s: undici ends the connection: %s', (method, hasBody, ends) => {
  expect(endsConnection(request([], hasBody ? bytesBody(new Uint8Array(1)) : undefined, method))).toBe(ends)
})
