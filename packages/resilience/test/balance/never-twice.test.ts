import { isHttpError } from '@halyard/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EndpointsError, type Strategy } from '../../src/balance/index.ts'
import { broken, rig, type Behaviour } from './kit/backends.ts'

/** What a backend does, and whether it may have worked on the request. */
const deeds: Readonly<Record<string, { readonly does: Behaviour; readonly worked: boolean; readonly good: boolean }>> =
  {
    well: { does: 200, worked: true, good: true },
    'not found': { does: 404, worked: true, good: true },
    busy: { does: 503, worked: true, good: false },
    refused: { does: broken('no', 'connect'), worked: false, good: false },
    'no tls': { does: broken('no', 'tls'), worked: false, good: false },
    reset: { does: broken('maybe'), worked: true, good: false },
  }
const hosts = ['a', 'b', 'c', 'd', 'e']
const strategies: readonly Strategy[] = [
  'round-robin',
  'weighted',
  'random',
  'least-pending',
  'p2c-ewma',
  'ordered',
  'consistent-hash',
]

test(
  'each endpoint at most once, nothing twice that must not be, nothing given up that could go on',
  { timeout: 60_000 },
  async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...strategies),
        fc.constantFrom('GET', 'PUT', 'DELETE', 'POST', 'PATCH'),
        fc.array(fc.constantFrom(...Object.keys(deeds)), { minLength: 1, maxLength: hosts.length }),
        fc.boolean(),
        fc.boolean(),
        async (strategy, method, does, onStatuses, keyed) => {
          runs += 1
          const names = hosts.slice(0, does.length)
          const { api, asked, transport, balancer, clock } = rig(
            names.map((host) => `http://${host}`),
            { strategy, failoverStatuses: onStatuses ? [503] : [], outlier: false },
            Object.fromEntries(names.map((host, index) => [host, deeds[does[index] ?? '']?.does ?? 200])),
          )
          const of = (host: string | undefined): (typeof deeds)[string] => {
            const deed = deeds[does[names.indexOf(host ?? '')] ?? '']
            if (deed === undefined) throw new Error(`no ${host}`)
            return deed
          }
          const mayRepeat = keyed || !['POST', 'PATCH'].includes(method)
          const headers = keyed ? { 'idempotency-key': 'k' } : {}
          const ended = await api.request(method, '/x', { headers, body: 'body' }).catch((error: unknown) => error)

          expect(new Set(asked).size).toBe(asked.length)
          const worked = asked.filter((host) => of(host).worked)
          if (!mayRepeat) expect(worked.length).toBeLessThanOrEqual(1)
          const last = of(asked.at(-1))
          const goesOn = (deed: (typeof deeds)[string]): boolean =>
            !deed.good && (mayRepeat || !deed.worked) && (onStatuses || deed.does !== 503)
          // All before the last one went on; the last one did not, or nobody was left.
          for (const host of asked.slice(0, -1)) expect(goesOn(of(host))).toBe(true)
          if (goesOn(last)) expect(asked).toHaveLength(names.length)

          if (ended instanceof EndpointsError) {
            expect(asked).toHaveLength(names.length)
            expect(ended.errors.map(({ endpoint }) => endpoint)).toEqual(asked.map((host) => `http://${host}`))
            expect(ended.sent === 'no').toBe(worked.length === 0)
          } else if (isHttpError(ended)) expect(ended.sent === 'no').toBe(worked.length === 0)
          else if (typeof ended === 'object' && ended !== null && 'body' in ended) {
            expect(ended).toMatchObject({ status: last.does })
            await api.close()
          } else throw ended
          const held = isHttpError(ended) ? 0 : 1
          expect(transport.openBodies()).toBe(held)
          expect(balancer.endpoints().reduce((sum, { pending }) => sum + pending, 0)).toBe(held)
          expect(clock.pending).toBe(0)
        },
      ),
      { numRuns: 3_000 },
    )
    expect(runs).toBeGreaterThanOrEqual(3_000)
  },
)
