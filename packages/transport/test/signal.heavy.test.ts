import { abortListeners, httpServer } from '@halyard/testing'
import { expect, test } from 'vitest'
import { clientFor, text } from './kit/client.ts'
import { checkLeaks, tidy } from './kit/tidy.ts'

checkLeaks()

test('10,000 calls on one AbortSignal leave no listener', async () => {
  const warnings: unknown[] = []
  const onWarning = (warning: unknown): void => void warnings.push(warning)
  process.on('warning', onWarning)
  await using server = await tidy(httpServer((_request, response) => void response.end('ok')))
  await using client = clientFor(server, { pool: { maxConnections: 8 } })
  const { signal } = new AbortController()
  let most = 0
  for (let batch = 0; batch < 1_250; batch += 1) {
    await Promise.all(Array.from({ length: 8 }, () => text(client.api.get('/', { signal }))))
    most = Math.max(most, abortListeners(signal))
  }
  process.off('warning', onWarning)
  expect(most).toBe(0)
  expect(warnings).toEqual([])
  expect(server.requests).toBe(10_000)
})
