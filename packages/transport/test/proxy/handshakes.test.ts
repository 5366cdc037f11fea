import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Handshake } from '../../src/connect/proxy/handshake.ts'
import { HttpConnect } from '../../src/connect/proxy/http-connect.ts'
import { ProxyRefusal } from '../../src/connect/proxy/proxy-errors.ts'
import { ProxyServer } from '../../src/connect/proxy/proxy-server.ts'
import { Socks4 } from '../../src/connect/proxy/socks4.ts'
import { Socks5 } from '../../src/connect/proxy/socks5.ts'

/** What comes of a handshake when the peer's bytes come in these pieces. */
function play(handshake: Handshake, pieces: readonly Uint8Array[]): { sent: Buffer; rest: Buffer | undefined } {
  let received: Buffer = Buffer.alloc(0)
  const sent = [Buffer.from(handshake.opening)]
  for (const piece of pieces) {
    received = Buffer.concat([received, piece])
    for (;;) {
      if (received.length === 0) break
      const step = handshake.advance(received)
      if (step.next === 'wait') break
      received = received.subarray(step.used)
      if (step.next === 'done') {
        const after = pieces.slice(pieces.indexOf(piece) + 1)
        return { sent: Buffer.concat(sent), rest: Buffer.concat([received, ...after]) }
      }
      sent.push(Buffer.from(step.bytes))
    }
  }
  return { sent: Buffer.concat(sent), rest: undefined }
}

function refusal(handshake: Handshake, bytes: Uint8Array): ProxyRefusal {
  try {
    play(handshake, [bytes])
  } catch (error) {
    if (error instanceof ProxyRefusal) return error
    throw error
  }
  throw new Error('it was not refused')
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...[...at].map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

const proxy = new ProxyServer({ url: 'http://ada:s3cret@p.test', headers: { 'x-team': 'green' } }, 'proxy')
const login = { username: 'ada', password: 's3cret' }
const places = fc.array(fc.nat({ max: 200 }), { maxLength: 8 })
const anyBytes = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes))
const made: readonly [string, () => Handshake][] = [
  ['CONNECT', () => new HttpConnect(proxy, 'a.test:443')],
  ['SOCKS5', () => new Socks5(login, 'a.test', 443)],
  ['SOCKS4a', () => new Socks4('ada', 'a.test', 443)],
]

describe.each(made)('%s', (name, make) => {
  const good: Readonly<Record<string, Buffer>> = {
    CONNECT: Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\nx: y\r\n\r\n'),
    SOCKS5: Buffer.from([5, 2, 1, 0, 5, 0, 0, 3, 4, 1, 2, 3, 4, 0, 80]),
    SOCKS4a: Buffer.from([0, 90, 0, 0, 0, 0, 0, 0]),
  }
  const answer = good[name] ?? Buffer.alloc(0)

  test('in whatever pieces it comes, the same is said, and what follows is left', () => {
    const whole = play(make(), [answer])
    expect(whole.rest).toEqual(Buffer.alloc(0))
    fc.assert(
      fc.property(places, anyBytes, (at, rest) => {
        const played = play(make(), cut(Buffer.concat([answer, rest]), at))
        expect(played.sent).toEqual(whole.sent)
        expect(played.rest).toEqual(rest)
      }),
    )
  })

  test('half of it is not enough', () => {
    for (let length = 0; length < answer.length; length += 1)
      expect(play(make(), [answer.subarray(0, length)]).rest).toBeUndefined()
  })

  test('whatever comes, it is done, waits within its limit or refuses', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, plausible) => {
        const all = plausible ? Buffer.concat([answer.subarray(0, answer.length >> 1), bytes]) : Buffer.from(bytes)
        try {
          play(make(), [all])
        } catch (error) {
          expect(error).toBeInstanceOf(ProxyRefusal)
        }
      }),
    )
  })
})

describe('CONNECT', () => {
  const connect = (): HttpConnect => new HttpConnect(proxy, '[::1]:443')

  test('is written with the authority, what the proxy is told, and its credentials', () => {
    expect(Buffer.from(connect().opening).toString()).toBe(
      'CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nx-team: green\r\nProxy-Authorization: Basic YWRhOnMzY3JldA==\r\n\r\n',
    )
  })

  test.each([
    ['hello\r\n\r\n', 'sent something that is not HTTP'],
    ['HTTP/2 200\r\n\r\n', 'sent something that is not HTTP'],
    ['HTTP/1.1 200', undefined],
    ['HTTP/1.1 2000 OK\r\n\r\n', 'sent a status line that is not HTTP'],
    ['HTTP/1.1 020 OK\r\n\r\n', 'sent a status line that is not HTTP'],
    ['HTTP/1.1 101 Switching\r\n\r\n', 'sent status 101, which nobody asked for'],
    ['HTTP/1.1 200 OK\r\nx: a\u0000b\r\n\r\n', 'sent malformed header fields'],
    ['HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n', 'sent malformed header fields'],
    ['HTTP/1.1 200 OK\r\nno colon\r\n\r\n', 'sent malformed header fields'],
    [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(17_000)}`, 'sent a head of more than 16384 bytes'],
    ['HTTP/1.1 100 Continue\r\nx: y\r\n\r\n'.repeat(600), 'sent a head of more than 16384 bytes'],
  ])('%j', (text, words) => {
    if (words === undefined) expect(play(connect(), [Buffer.from(text)]).rest).toBeUndefined()
    else expect(refusal(connect(), Buffer.from(text))).toMatchObject({ reason: 'protocol', message: words })
  })

  test('length and coding of a 2xx mean nothing (RFC 9110 §9.3.6)', () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n'
    expect(play(connect(), [Buffer.from(`${head}abc`)]).rest).toEqual(Buffer.from('abc'))
  })

  test('why it was refused is kept, 1 KiB of it, without what was sent', () => {
    const body = `\u001b[31mno "s3cret" or YWRhOnMzY3JldA== for you\r\n${'x'.repeat(5_000)}`
    const head = `HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n`
    const error = refusal(connect(), Buffer.from(head + body))
    expect(error).toMatchObject({ reason: 'status', status: 403, message: 'answered with status 403' })
    expect(error.excerpt).toMatch(/^\[31mno "…" or … for you x+$/)
    expect(error.excerpt?.length).toBeLessThanOrEqual(1_024)
  })
})

describe('SOCKS5', () => {
  test.each([
    [[5, 0xff], 'auth-required', 'takes no user name and password'],
    [[5, 1], 'protocol', 'chose a way to log in that was not offered'],
    [[4, 0], 'protocol', 'sent something that is not SOCKS5'],
    [[5, 2, 1, 1], 'auth-required', 'refused user name and password'],
    [[5, 0, 5, 1], 'status', 'failed'],
    [[5, 0, 5, 2], 'refused', 'does not allow the connection'],
    [[5, 0, 5, 3], 'unreachable', 'cannot reach the network'],
    [[5, 0, 5, 4], 'unreachable', 'cannot reach the host'],
    [[5, 0, 5, 5], 'refused', 'was refused by the host'],
    [[5, 0, 5, 6], 'unreachable', 'got no answer in time'],
    [[5, 0, 5, 99], 'protocol', 'answered with code 99, which means nothing'],
    [[5, 0, 5, 0, 0, 9, 1], 'protocol', 'answered with an address of kind 9'],
  ])('%j', (bytes, reason, message) => {
    expect(refusal(new Socks5(login, 'a.test', 443), Buffer.from(bytes))).toMatchObject({ reason, message })
  })

  test('without credentials none are offered', () => {
    expect([...new Socks5(undefined, 'a.test', 443).opening]).toEqual([5, 1, 0])
    expect(refusal(new Socks5(undefined, 'a.test', 443), Buffer.from([5, 2])).reason).toBe('protocol')
    expect(refusal(new Socks5(undefined, 'a.test', 443), Buffer.from([5, 255])).message).toBe('wants credentials')
  })

  test.each([
    ['10.0.0.1', [1, 10, 0, 0, 1]],
    ['::1', [4, ...Array.from({ length: 15 }, () => 0), 1]],
    ['a.b', [3, 3, 97, 46, 98]],
  ])('%s is sent as it is', (host, bytes) => {
    const { sent } = play(new Socks5(undefined, host, 258), [Buffer.from([5, 0])])
    expect([...sent.subarray(3)]).toEqual([5, 1, 0, ...bytes, 1, 2])
  })

  test('a name that is too long is refused before anything is sent', () => {
    expect(() => new Socks5(undefined, 'a'.repeat(256), 1)).toThrow(ProxyRefusal)
  })
})

describe('SOCKS4', () => {
  test.each([
    ['10.0.0.1', [4, 1, 1, 2, 10, 0, 0, 1, 97, 0]],
    ['b.c', [4, 1, 1, 2, 0, 0, 0, 1, 97, 0, 98, 46, 99, 0]],
  ])('%s', (host, bytes) => {
    expect([...new Socks4('a', host, 258).opening]).toEqual(bytes)
  })

  test.each([
    [[0, 91], 'refused'],
    [[0, 92], 'auth-required'],
    [[0, 93], 'auth-required'],
    [[0, 1], 'protocol'],
    [[72, 84], 'protocol'],
  ])('%j', (bytes, reason) => {
    expect(refusal(new Socks4('a', 'b', 1), Buffer.from(bytes))).toMatchObject({ reason })
  })
})
