import { textBody } from '@halyard/core'
import { describe, expect, test } from 'vitest'
import { ballerinaRetry } from '../../src/retry/index.ts'
import { broken, request } from './kit/failures.ts'
import { Scene } from './kit/scene.ts'

describe('ballerinaRetry', () => {
  const example = { count: 5, interval: 3, backOffFactor: 2, maxWaitInterval: 20 }

  test('waits 3, 6, 12, 20, 20 seconds, and throws the last error', async () => {
    const last = broken('no', 'tls')
    const scene = new Scene(ballerinaRetry(example), [broken(), broken(), broken(), broken(), broken(), last])
    await expect(scene.run(request())).rejects.toBe(last)
    expect(scene.waits).toEqual([3000, 6000, 12_000, 20_000, 20_000])
    // It does not sleep once more before it ends.
    expect(scene.runtime.now()).toBe(61_000)
  })

  test.each<[Parameters<typeof ballerinaRetry>[0], number[]]>([
    [{}, []],
    [{ count: 3 }, [0, 0, 0]],
    [{ count: 3, interval: 2 }, [2000, 2000, 2000]],
    [{ count: 3, interval: 2, backOffFactor: -1 }, [2000, 2000, 2000]],
    [{ count: 3, interval: 2, backOffFactor: 0.5 }, [2000, 1000, 500]],
    // The first is not capped; without a cap it is 60 seconds.
    [{ count: 3, interval: 30, backOffFactor: 2, maxWaitInterval: 10 }, [30_000, 10_000, 10_000]],
    [{ count: 3, interval: 50, backOffFactor: 2 }, [50_000, 60_000, 60_000]],
    [{ count: 2, interval: 0.25, backOffFactor: 3 }, [250, 750]],
  ])('%j waits %j ms', async (config, waits) => {
    const scene = new Scene(ballerinaRetry(config), [broken()])
    await expect(scene.run(request())).rejects.toMatchObject({ code: 'socket' })
    expect(scene.waits).toEqual(waits)
  })

  test('only the statuses listed are failures; the last response is returned', async () => {
    const config = { count: 2, interval: 1, statusCodes: [404, 503] }
    const scene = new Scene(ballerinaRetry(config), [{ status: 404 }, { status: 503, headers: { 'retry-after': '9' } }])
    expect((await scene.run(request())).status).toBe(503)
    expect(scene.waits).toEqual([1000, 1000])
    const other = new Scene(ballerinaRetry(config), [{ status: 500 }])
    expect((await other.run(request())).status).toBe(500)
    expect(other.seen).toHaveLength(1)
    const none = new Scene(ballerinaRetry({ count: 2 }), [{ status: 503 }])
    await none.run(request())
    expect(none.seen).toHaveLength(1)
  })

  test('what is not safe is not repeated', async () => {
    const scene = new Scene(ballerinaRetry({ count: 2 }), [broken()])
    await expect(scene.run(request('POST', textBody('x')))).rejects.toMatchObject({ code: 'socket' })
    expect(scene.seen).toHaveLength(1)
  })

  test.each<[unknown, string]>([
    [{ count: -1 }, 'ballerinaRetry.count: expected'],
    [{ interval: -1 }, 'ballerinaRetry.interval: expected'],
    [{ statusCodes: [99] }, 'ballerinaRetry.statusCodes: expected'],
    [{ backoffFactor: 2 }, "did you mean 'backOffFactor'?"],
  ])('refuses %j', (config, message) => {
    expect(() => ballerinaRetry(config as object)).toThrow(message)
  })
})
