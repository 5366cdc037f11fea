import { certificateAuthority, http2Server, httpsServer, type TlsSettings } from '@halyard/testing'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pinOf } from '@halyard/tls'
import { describe, expect, test } from 'vitest'
import { createClient, watch, type TlsEvent, type TlsInit, type TlsOptions } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

const hourMs = 3_600_000
const root = await certificateAuthority()
const stranger = await certificateAuthority({ commonName: 'Stranger' })
const between = await root.intermediate()
const below = await between.issue()
const good = await root.issue()
const bare = { cert: below.cert, key: below.key, authority: below.authority }
const mine = await root.issue({ usages: 'client' })
const foreign = await stranger.issue({ usages: 'client' })
const trust: TlsOptions = { ca: root.cert }
const wanting: TlsSettings = { requestCert: true, ca: root.cert }
const pins = [pinOf(new X509Certificate(good.cert))]
const otherPins = [pinOf(new X509Certificate(foreign.cert))]

interface Row {
  readonly what: string
  readonly server: TlsSettings
  readonly tls?: TlsOptions
  /** `undefined`: an answer. */
  readonly reason: string | undefined
  /** @defaultValue 'tls' */
  readonly code?: string
}

/** Each certificate and setting, and what comes of it: the same however the connection is made. */
const matrix: readonly Row[] = [
  { what: 'good', server: { certificate: good }, reason: undefined },
  { what: 'with an intermediate', server: { certificate: below }, reason: undefined },
  { what: 'missing intermediate', server: { certificate: bare }, reason: 'unknown-authority' },
  {
    what: 'expired',
    server: { certificate: await root.issue({ notBefore: new Date(0), notAfter: new Date(Date.now() - hourMs) }) },
    reason: 'expired',
  },
  {
    what: 'not yet valid',
    server: {
      certificate: await root.issue({
        notBefore: new Date(Date.now() + hourMs),
        notAfter: new Date(Date.now() + 2 * hourMs),
      }),
    },
    reason: 'not-yet-valid',
  },
  { what: 'wrong host', server: { certificate: await root.issue({ names: ['other.test'] }) }, reason: 'wrong-host' },
  { what: 'wrong address', server: { certificate: await root.issue({ names: ['127.0.0.2'] }) }, reason: 'wrong-host' },
  {
    what: 'CN only',
    server: { certificate: await root.issue({ commonName: '127.0.0.1', noSan: true }) },
    reason: 'wrong-host',
  },
  {
    what: 'CN only, by name',
    server: { certificate: await root.issue({ commonName: 'a.test', noSan: true }) },
    tls: { ...trust, serverName: 'a.test' },
    reason: 'wrong-host',
  },
  {
    what: 'wildcard',
    server: { certificate: await root.issue({ names: ['*.a.test'] }) },
    tls: { ...trust, serverName: 'x.a.test' },
    reason: undefined,
  },
  {
    what: 'wildcard, too deep',
    server: { certificate: await root.issue({ names: ['*.a.test'] }) },
    tls: { ...trust, serverName: 'x.y.a.test' },
    reason: 'wrong-host',
  },
  {
    what: 'wildcard, the name itself',
    server: { certificate: await root.issue({ names: ['*.a.test'] }) },
    tls: { ...trust, serverName: 'a.test' },
    reason: 'wrong-host',
  },
  {
    what: 'wildcard, part of a label',
    server: { certificate: await root.issue({ names: ['x*.a.test'] }) },
    tls: { ...trust, serverName: 'xy.a.test' },
    reason: 'wrong-host',
  },
  { what: 'unknown root', server: { certificate: await stranger.issue() }, reason: 'unknown-authority' },
  {
    what: 'client-only usage',
    server: { certificate: await root.issue({ usages: 'client' }) },
    reason: 'wrong-purpose',
  },
  {
    what: 'TLS 1.1 only',
    server: {
      certificate: good,
      node: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    },
    reason: 'protocol',
  },
  {
    what: 'no common cipher',
    server: { certificate: good, node: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } },
    tls: { ...trust, ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'] },
    reason: 'cipher',
  },
  {
    what: 'no common curve',
    server: { certificate: good, node: { ecdhCurve: 'P-384' } },
    tls: { ...trust, curves: ['P-256'] },
    reason: 'cipher',
  },
  {
    what: 'pin match, with a backup',
    server: { certificate: good },
    tls: { ...trust, pins: [...otherPins, ...pins] },
    reason: undefined,
  },
  { what: 'pin mismatch', server: { certificate: good }, tls: { ...trust, pins: otherPins }, reason: 'pin' },
  {
    what: 'pin mismatch, report only',
    server: { certificate: good },
    tls: { ...trust, pins: { pins: otherPins, reportOnly: true } },
    reason: undefined,
  },
  {
    what: 'pin of the intermediate',
    server: { certificate: below },
    tls: { ...trust, pins: [pinOf(new X509Certificate(between.cert))] },
    reason: undefined,
  },
  { what: 'mutual TLS, none', server: { ...wanting, certificate: good }, reason: 'client-certificate-required' },
  {
    what: 'mutual TLS 1.2, none',
    server: { ...wanting, certificate: good, node: { maxVersion: 'TLSv1.2' } },
    reason: 'client-certificate-required',
  },
  {
    what: 'mutual TLS, right',
    server: { ...wanting, certificate: good },
    tls: { ...trust, cert: mine.cert, key: mine.key },
    reason: undefined,
  },
  {
    what: 'insecure, and the client certificate goes out',
    server: { ...wanting, certificate: await stranger.issue() },
    tls: { insecure: true, cert: mine.cert, key: mine.key },
    reason: undefined,
  },
  {
    what: 'roots besides those of the system',
    server: { certificate: good },
    tls: { extraCa: root.cert },
    reason: undefined,
  },
]

describe.each([
  ['h1', httpsServer],
  ['h2', http2Server],
] as const)('over %s', (_name, start) => {
  test.each(matrix)('$what', async ({ server: settings, tls = trust, reason, code = 'tls' }) => {
    await using server = await start((_request, response) => void response.end('ok'), settings)
    await using api = createClient(server.origin, { tls, retry: false })
    if (reason === undefined) expect(await api.get('/').text()).toBe('ok')
    else {
      expect(await rejection(api.post('/', 'secret'))).toMatchObject({ code, reason, sent: 'no' })
      expect(server.requests).toBe(0)
    }
  })

  test('pins hold for sessions that are resumed', async () => {
    await using server = await start((_request, response) => void response.end('ok'), { certificate: below })
    const by: TlsOptions = { ...trust, pins: [pinOf(new X509Certificate(between.cert))] }
    await using api = createClient(server.origin, { tls: by, pool: { maxRequestsPerConnection: 1 } })
    const resumed: unknown[] = []
    for (let call = 0; call < 3; call += 1) {
      const response = await api.get('/')
      expect(await response.text()).toBe('ok')
      resumed.push([response.tls?.resumed, response.tls?.certificate?.subject])
    }
    expect(resumed).toEqual([false, true, true].map((was) => [was, 'CN=localhost']))
  })

  test('the certificate changes under load, and no call fails', async () => {
    const subjects = new Set<string>()
    await using server = await start(
      (request, response) => {
        const { socket } = request
        if ('getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function')
          subjects.add(String(socket.getPeerCertificate().fingerprint256))
        response.end('ok')
      },
      { ...wanting, certificate: good },
    )
    const next = await root.issue({ usages: 'client' })
    let now: TlsOptions = { ...trust, cert: mine.cert, key: mine.key }
    const init: TlsInit = () => now
    await using api = createClient(server.origin, { tls: init, retry: false, pool: { maxConnections: 8 } })
    const events: TlsEvent[] = []
    api.on('tls', (event) => events.push(event))
    const calls: Promise<string>[] = []
    for (let round = 0; round < 20; round += 1) {
      if (round === 10) now = { ...trust, cert: next.cert, key: next.key }
      const batch = Array.from({ length: 20 }, () => api.get('/').text())
      calls.push(...batch)
      await batch[0]
    }
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['ok']))
    expect(subjects.size).toBe(2)
    expect(events.map(({ kind }) => kind)).toContain('reloaded')
  })
})

test('files are watched: broken material is told of, and the old kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'halyard-'))
  const paths = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  const write = (cert: string, key: string): void => {
    writeFileSync(paths.cert, cert)
    writeFileSync(paths.key, key)
  }
  write(mine.cert, mine.key)
  await using server = await httpsServer((_request, response) => void response.end('ok'), {
    ...wanting,
    certificate: good,
  })
  await using api = createClient(server.origin, { tls: watch({ ...trust, ...paths }, { everyMs: 10 }) })
  const told = (kind: TlsEvent['kind']): Promise<TlsEvent> =>
    new Promise((resolve) => {
      const stop = api.on('tls', (event) => {
        if (event.kind !== kind) return
        stop()
        resolve(event)
      })
    })
  expect(await api.get('/').text()).toBe('ok')
  const failed = told('reload-failed')
  write('no certificate', mine.key)
  expect(await failed).toMatchObject({ error: { code: 'config', option: 'tls.cert' } })
  expect(await api.get('/').text()).toBe('ok')
  const next = await root.issue({ usages: 'client', commonName: 'next' })
  const reloaded = told('reloaded')
  write(next.cert, next.key)
  expect(await reloaded).toMatchObject({ certificate: { subject: 'CN=next' } })
  expect(await api.get('/').text()).toBe('ok')
  expect(server.totalConnections).toBe(2)
  rmSync(folder, { recursive: true })
})
