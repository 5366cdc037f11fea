import { eachProtocol, rawServer, reply } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'
import { scene } from '../support/scene.ts'
import { rejection } from '../support/thrown.ts'

describe.each(eachProtocol)('over $name', (protocol) => {
  test('answers that come before the final one are told', async () => {
    await using set = await scene(
      (_request, response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        response.end('ok')
      },
      {},
      protocol,
    )
    const told: (string | number | undefined)[] = []
    const call = set.api.get('/', { onInformational: (status, headers) => void told.push(status, headers.get('link')) })
    expect(await call.text()).toBe('ok')
    expect(told).toEqual([103, '</a.css>; rel=preload'])
    expect(await set.api.get('/').text()).toBe('ok')
  })
})

test('too many of them are an error, per client and per call', async () => {
  const hint = 'HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n'
  await using server = await rawServer(async (connection) => {
    for (;;) {
      await connection.receiveRequest()
      await connection.send(hint.repeat(10) + reply({ body: 'ok' }))
    }
  })
  await using api = createClient(server.origin, { limits: { interimResponses: 10 } })
  expect(await api.get('/').text()).toBe('ok')
  const error = await rejection(api.post('/', 'x', { limits: { interimResponses: 9 } }))
  expect(error).toMatchObject({ name: expect.stringMatching(/^(?:Body|Transport)Error$/) })
  await using strict = createClient(server.origin, { limits: { interimResponses: 0 } })
  expect(await rejection(strict.post('/'))).toBeInstanceOf(Error)
})
