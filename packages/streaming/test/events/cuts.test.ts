import { fakeClock } from '@halyard/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventStream } from '../../src/events/index.ts'
import { utf8 } from './kit/chunks.ts'
import { EventLog, logEntry, type Service } from './kit/event-log.ts'
import { whileTimePasses } from './kit/scripted-source.ts'

async function readLog(log: EventLog): Promise<string[]> {
  const clock = fakeClock()
  const ids: string[] = []
  const reading = async (): Promise<void> => {
    for await (const { id, data, event } of eventStream(log, clock, { retryMs: 1, maxRetries: 3 })) {
      expect(event).toBe('entry')
      expect(data).toBe(`${id} é\n😀`)
      ids.push(id)
    }
  }
  await whileTimePasses(clock, reading())
  expect(clock.pending).toBe(0)
  expect(log.bodies.filter(({ isOpen }) => isOpen)).toHaveLength(0)
  return ids
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1))
}

const whole: Service = { bytes: Infinity, pieceSize: 1000 }

describe.each([
  ['LF', '\n'],
  ['CR', '\r'],
  ['CRLF', '\r\n'],
])('with %s, no event is lost and none comes twice', (_name, lineEnd) => {
  const count = 4
  const size = utf8(logEntry(1, lineEnd)).byteLength

  test('when the first connection is cut at any byte', async () => {
    for (const pieceSize of [1, 1000]) {
      for (let bytes = 0; bytes <= size * count; bytes += 1) {
        const log = new EventLog(count, lineEnd, (connection) => (connection === 0 ? { bytes, pieceSize } : whole))
        expect(await readLog(log)).toEqual(numbers(count))
      }
    }
  })

  test('when every connection is cut at the same byte', async () => {
    for (let bytes = size; bytes <= size * 2; bytes += 1) {
      const log = new EventLog(count, lineEnd, () => ({ bytes, pieceSize: 7 }))
      expect(await readLog(log)).toEqual(numbers(count))
      expect(log.connections).toBeGreaterThan(2)
    }
  })

  test('when connections are cut anywhere', async () => {
    const service = fc.record({ bytes: fc.nat({ max: size * 3 }), pieceSize: fc.integer({ min: 1, max: 100 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(service, { maxLength: 12 }), async (services) => {
        // Three in a row without an event are the end.
        const log = new EventLog(9, lineEnd, (connection) => {
          const one = services[connection] ?? whole
          return connection % 3 === 0 ? { ...one, bytes: one.bytes + size } : one
        })
        expect(await readLog(log)).toEqual(numbers(9))
      }),
      { numRuns: 100 },
    )
  })
})
