import { mockTransport } from '@halyard/testing'
import { type } from 'arktype'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createClient, json, ValidationError, type Schema } from '../../src/index.ts'
import { rejection } from '../support/thrown.ts'

const schemas: readonly (readonly [string, Schema])[] = [
  ['zod', z.object({ name: z.string() })],
  ['valibot', v.object({ name: v.string() })],
  ['arktype', type({ name: 'string' })],
  ['zod, asynchronous', z.object({ name: z.string() }).refine(() => Promise.resolve(true))],
]

test.each(schemas)('%s: what fits is sent', async (_name, schema) => {
  const transport = mockTransport({})
  await createClient('http://a.test', { transport }).post('/', json({ name: 'Ada' }, { schema }))
  expect(transport.requests[0]?.text).toBe('{"name":"Ada"}')
})

test.each(schemas)('%s: what does not fit is a ValidationError, and nothing is sent', async (_name, schema) => {
  const transport = mockTransport({})
  const api = createClient('http://a.test', { transport })
  const error = await rejection(api.post('/', json({ name: 5 }, { schema })))
  expect(error).toBeInstanceOf(ValidationError)
  expect(error).toMatchObject({ at: 'request', target: 'POST http://a.test/', issues: [{ path: ['name'] }] })
  expect(String(error)).toContain('POST http://a.test/: the request body does not fit its schema: name: ')
  expect(transport.requests).toEqual([])
})

test('what the schema makes of the value is what is sent', async () => {
  const transport = mockTransport({})
  const time = z.codec(z.number(), z.date(), { decode: (ms) => new Date(ms), encode: (date) => date.getTime() })
  const api = createClient('http://a.test', { transport })
  await api.post('/', json({ at: new Date(5) }, { schema: z.object({ at: time }) }))
  expect(transport.requests[0]?.text).toBe('{"at":5}')
  const oneWay = z.object({ at: z.date().transform((date) => date.getTime()) })
  const error = await rejection(api.post('/', json({ at: new Date(5) }, { schema: oneWay })))
  expect(error).toMatchObject({ code: 'encode', sent: 'no' })
  expect(String(error)).toContain('z.codec')
})

test('a helper that is never sent harms nobody', async () => {
  json({ name: 5 }, { schema: z.object({ name: z.string() }).refine(() => Promise.resolve(true)) })
  json(5n)
  await new Promise((resolve) => void setImmediate(resolve))
  expect(true).toBe(true)
})

test('a schema that throws is heard', async () => {
  const wrong = new Error('broken schema')
  const schema: Schema = {
    '~standard': {
      version: 1,
      vendor: 'x',
      validate: () => {
        throw wrong
      },
    },
  }
  const api = createClient('http://a.test', { transport: mockTransport({}) })
  expect(await rejection(api.post('/', json(1, { schema })))).toBe(wrong)
})
