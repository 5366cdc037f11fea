import { describe, expect, test } from 'vitest'
import {
  AbortedError,
  AuthError,
  BodyError,
  canResend,
  classify,
  ConfigError,
  httpRequest,
  isIdempotent,
  isSafe,
  noHeaders,
  RedirectError,
  RejectedError,
  respond,
  streamBody,
  textBody,
  TimeoutError,
  TransportError,
  type HttpRequest,
  type Outcome,
  type RequestBody,
  type Sent,
  type Verdict,
} from '../../src/index.ts'

function request(body?: RequestBody): HttpRequest {
  return httpRequest({ method: 'POST', origin: 'https://h', path: '/', headers: noHeaders, body })
}

const facts = { sent: 'maybe', target: '' } as const

describe('classify', () => {
  const transient = [408, 425, 429, 500, 502, 503, 504]

  test.each(transient)('%d is transient', (status) => {
    expect(classify(request(), { response: respond({ status }) })).toBe('transient')
  })

  test('every other status from 500 is a failure, everything below is ok', () => {
    for (let status = 100; status < 600; status += 1) {
      if (transient.includes(status)) continue
      expect(classify(request(), { response: respond({ status }) })).toBe(status >= 500 ? 'failure' : 'ok')
    }
  })

  test.each<[string, unknown, Verdict]>([
    ['connect', new TransportError('', { ...facts, code: 'connect' }), 'transient'],
    ['socket', new TransportError('', { ...facts, code: 'socket' }), 'transient'],
    ['proxy', new TransportError('', { ...facts, code: 'proxy' }), 'transient'],
    ['timeout', new TimeoutError('', { ...facts, phase: 'idle', limitMs: 1 }), 'transient'],
    ['tls', new TransportError('', { ...facts, code: 'tls' }), 'failure'],
    ['protocol', new TransportError('', { ...facts, code: 'protocol' }), 'failure'],
    ['redirect', new RedirectError('', facts), 'failure'],
    ['too-large', new BodyError('', { ...facts, code: 'too-large' }), 'failure'],
    ['aborted', new AbortedError('', facts), 'ignore'],
    ['rejected', new RejectedError('', { ...facts, by: 'breaker' }), 'ignore'],
    ['rejected for now', new RejectedError('', { ...facts, by: 'endpoints', transient: true }), 'transient'],
    ['auth', new AuthError('', facts), 'ignore'],
    ['config', new ConfigError({ option: '', value: '', expected: '' }), 'ignore'],
    ['encode', new BodyError('', { ...facts, code: 'encode' }), 'ignore'],
    ['decode', new BodyError('', { ...facts, code: 'decode' }), 'ignore'],
    ['no-content', new BodyError('', { ...facts, code: 'no-content' }), 'ignore'],
    ['file', new BodyError('', { ...facts, code: 'file' }), 'ignore'],
    ['not-replayable', new BodyError('', { ...facts, code: 'not-replayable' }), 'ignore'],
    ['an error of somebody else', new Error('m'), 'ignore'],
    ['an error of somebody else with a code', Object.assign(new Error('m'), { code: 'socket' }), 'ignore'],
    ['nothing', undefined, 'ignore'],
  ])('%s', (_name, error, verdict) => {
    expect(classify(request(), { error })).toBe(verdict)
  })

  test('a response counts before an error', () => {
    expect(classify(request(), { response: respond(), error: new AbortedError('', facts) })).toBe('ok')
  })

  test('an error of another copy of the package counts the same', () => {
    const foreign = Object.assign(new Error('m'), { code: 'timeout', [Symbol.for('halyard.error')]: true })
    expect(classify(request(), { error: foreign })).toBe('transient')
  })
})

describe('canResend', () => {
  const none = undefined
  const text = textBody('x')
  const stream = streamBody((async function* () {})())
  const failed = (sent: Sent): Outcome => ({ error: new TransportError('', { code: 'socket', target: '', sent }) })

  test.each<[string, RequestBody | undefined, Outcome, boolean]>([
    ['no body, answered', none, { response: respond({ status: 503 }) }, true],
    ['no body, sent', none, failed('yes'), true],
    ['replayable, answered', text, { response: respond({ status: 503 }) }, true],
    ['replayable, perhaps sent', text, failed('maybe'), true],
    ['replayable, sent', text, failed('yes'), true],
    ['stream, answered', stream, { response: respond({ status: 503 }) }, false],
    ['stream, not sent', stream, failed('no'), true],
    ['stream, perhaps sent', stream, failed('maybe'), false],
    ['stream, sent', stream, failed('yes'), false],
    ['stream, an error of somebody else', stream, { error: Object.assign(new Error('m'), { sent: 'no' }) }, false],
    [
      'stream, used up',
      stream,
      { error: new BodyError('', { code: 'not-replayable', sent: 'no', target: '' }) },
      false,
    ],
    ['stream, nothing known', stream, {}, false],
  ])('%s', (_name, body, outcome, expected) => {
    expect(canResend(request(body), outcome)).toBe(expected)
  })
})

describe('methods', () => {
  test.each<[string, boolean, boolean]>([
    ['GET', true, true],
    ['HEAD', true, true],
    ['OPTIONS', true, true],
    ['TRACE', true, true],
    ['QUERY', true, true],
    ['PROPFIND', true, true],
    ['PUT', false, true],
    ['DELETE', false, true],
    ['POST', false, false],
    ['PATCH', false, false],
    ['CONNECT', false, false],
    ['get', false, false],
    ['constructor', false, false],
  ])('RFC 9110 §9.2.1 and §9.2.2: %s is safe %s, idempotent %s', (method, safe, idempotent) => {
    expect([isSafe(method), isIdempotent(method)]).toEqual([safe, idempotent])
  })
})
