import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { acceptFor, DecodeError, formatOf, problemOf, recordFormat, type Schema } from '../../src/record/index.ts'
import { sourceOf, thrownBy } from './source.ts'

describe('formatOf', () => {
  test.each([
    ['application/json', 'json'],
    ['application/json; charset=utf-16', 'json'],
    ['Application/JSON', 'json'],
    ['text/json', 'json'],
    ['application/hal+json', 'json'],
    ['application/problem+json; charset=utf-8', 'json'],
    ['model/gltf+json', 'json'],
    ['application/vnd.api.json', 'json'],
    ['application/xml', 'xml'],
    ['text/xml;charset=iso-8859-1', 'xml'],
    ['application/atom+xml', 'xml'],
    ['image/svg+xml', 'xml'],
    ['application/x-www-form-urlencoded', 'form'],
    ['application/x-www-form-urlencoded;charset=utf-8', 'form'],
    ['text/plain', 'text'],
    ['text/html; charset=utf-8', 'text'],
    ['text/csv', 'text'],
    ['application/octet-stream', 'bytes'],
    ['application/x-ndjson', undefined],
    ['application/json-seq', undefined],
    ['application/xml-dtd', undefined],
    ['application/pdf', undefined],
    ['image/png', undefined],
    ['image/json', undefined],
    ['multipart/form-data; boundary=x', undefined],
    ['json', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s', (mediaType, format) => {
    expect(formatOf(mediaType)).toBe(format)
  })
})

test('acceptFor names what is asked for, the best first', () => {
  expect(acceptFor('json')).toBe('application/json')
  expect(acceptFor('xml')).toMatch(/^application\/xml, text\/xml/)
  expect(acceptFor('form')).toBe('application/x-www-form-urlencoded')
  expect(acceptFor('text')).toMatch(/^text\/plain, /)
  expect(acceptFor('any')).toBe('*/*')
  for (const format of ['json', 'xml', 'form', 'text', 'record'] as const) {
    const types = acceptFor(format).split(', ')
    const wanted = format === 'record' ? ['json', 'xml', 'form'] : [format]
    for (const one of types.filter((name) => !name.includes('*'))) expect(wanted).toContain(formatOf(one))
  }
})

describe('recordFormat', () => {
  const record = z.object({ a: z.string() })

  test.each<[string | undefined, Schema, string]>([
    ['application/json', record, 'json'],
    ['application/json', z.string(), 'json'],
    ['application/hal+json', z.array(record), 'json'],
    ['application/xml', record, 'xml'],
    ['application/x-www-form-urlencoded', record, 'form'],
    ['text/plain', z.string(), 'text'],
    ['text/html', z.enum(['a']), 'text'],
    ['text/plain', type('string'), 'text'],
    ['text/plain', v.object({}), 'text'],
    ['application/octet-stream', z.instanceof(Uint8Array), 'bytes'],
    ['text/plain', z.union([record, z.string()]), 'text'],
    ['application/xml', z.any(), 'xml'],
    [undefined, record, 'json'],
    [undefined, z.string(), 'text'],
    [undefined, z.union([record, z.string()]), 'json'],
    ['', v.string(), 'json'],
  ])('%s for %#: %s', (mediaType, schema, format) => {
    expect(recordFormat(sourceOf(mediaType), schema)).toBe(format)
  })

  test.each<[string, Schema, string]>([
    ['text/plain; charset=utf-8', record, 'is text/plain; charset=utf-8; the schema wants a record'],
    ['text/plain', z.array(z.string()), 'is text/plain; the schema wants a list'],
    ['text/plain', z.number(), 'is text/plain; the schema wants a number, a boolean or the like'],
    ['application/octet-stream', record, 'is application/octet-stream; the schema wants a record'],
    ['application/xml', z.string(), 'is application/xml; the schema wants text'],
    ['application/x-www-form-urlencoded', z.array(record), 'the schema wants a list'],
    ['application/x-www-form-urlencoded', z.null(), 'the schema wants nothing'],
    ['application/pdf', record, 'is application/pdf; asked for a record'],
    [`image/${'x'.repeat(1000)}`, record, `is image/${'x'.repeat(94)}; asked for a record`],
  ])('%s makes no sense', async (mediaType, schema, words) => {
    const error = await thrownBy(() => recordFormat(sourceOf(mediaType), schema))
    expect(error).toBeInstanceOf(DecodeError)
    expect(error).toMatchObject({ code: 'decode', message: expect.stringContaining(words) })
  })

  test('strict: a content type is needed', async () => {
    const error = await thrownBy(() => recordFormat(sourceOf(undefined), record, { mediaTypes: 'strict' }))
    expect(error).toBeInstanceOf(DecodeError)
  })
})

describe('problemOf', () => {
  const members = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'no', instance: '/a' }

  test('JSON, with extensions', () => {
    const body = { ...members, balance: 30 }
    expect(problemOf('application/problem+json; charset=utf-8', body)).toEqual(body)
  })

  test('XML: text and numbers', () => {
    const problem = {
      '@xmlns': 'urn:ietf:rfc:7807',
      type: 'about:blank',
      title: { '@xml:lang': 'en', '#text': 'Not Found' },
      status: '404',
      detail: 'no',
      instance: '/a',
      balance: '30',
      accounts: { i: ['/a', '/b'] },
    }
    expect(problemOf('application/problem+xml', { problem })).toEqual({
      ...members,
      balance: '30',
      accounts: { i: ['/a', '/b'] },
    })
    expect(problemOf('application/problem+xml', { 'p:problem': { 'p:title': 'x' } })).toEqual({ title: 'x' })
  })

  test('members of a wrong type are left out', () => {
    const wrong = { type: 5, title: null, status: '404', detail: ['no'], instance: {}, other: null }
    expect(problemOf('application/problem+json', wrong)).toEqual({ other: null })
    expect(problemOf('application/problem+xml', { problem: { status: 'x', title: { a: '1' } } })).toEqual({})
  })

  test.each<[string | undefined, unknown]>([
    ['application/json', members],
    [undefined, members],
    ['application/problem+json', 'text'],
    ['application/problem+json', [members]],
    ['application/problem+json', null],
    ['application/problem+xml', members],
    ['application/problem+xml', { other: members }],
    ['application/problem+xml', { problem: '' }],
    ['application/problem+xml', {}],
    ['text/html', '<html>'],
  ])('%s with %j is none', (mediaType, body) => {
    expect(problemOf(mediaType, body)).toBeUndefined()
  })

  test('a key that is called __proto__ is a member', () => {
    const problem = problemOf('application/problem+json', JSON.parse('{"__proto__":{"x":1},"title":"t"}'))
    expect(Object.getPrototypeOf(problem)).toBe(Object.prototype)
    expect(JSON.stringify(problem)).toBe('{"__proto__":{"x":1},"title":"t"}')
  })
})
