import { BodyError, respond, ValidationError } from '@halyard/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { DecodeError, readJson } from '../../src/json/index.ts'

function answer(body: string, contentType = 'application/json', status = 200) {
  return respond({ status, body, headers: { 'content-type': contentType }, url: 'http://a.test/path?secret=1' })
}

const User = z.object({ id: z.number(), name: z.string() })

describe('readJson', () => {
  test('decodes', async () => {
    const value = await readJson(answer('{"id":1}'))
    expectTypeOf(value).toBeUnknown()
    expect(value).toEqual({ id: 1 })
    expect(await readJson(answer('[9007199254740993]'), undefined, { numbers: 'lossless' })).toEqual([
      9007199254740993n,
    ])
  })

  test('binds to a schema', async () => {
    const user = await readJson(answer('{"id":1,"name":"Ada"}'), User)
    expectTypeOf(user).toEqualTypeOf<{ id: number; name: string }>()
    expect(user).toEqual({ id: 1, name: 'Ada' })
  })

  test('a status is a value', async () => {
    expect(await readJson(answer('{"id":1,"name":"Ada"}', 'application/problem+json', 500), User)).toEqual({
      id: 1,
      name: 'Ada',
    })
  })

  test('names the response, without its query', async () => {
    await expect(readJson(answer('<p>', 'text/html'))).rejects.toThrow(
      'http://a.test/path: the response (status 200) is text/html; asked for JSON',
    )
    await expect(readJson(answer('{', 'application/json', 404))).rejects.toThrow(DecodeError)
    await expect(readJson(answer('{"id":"x"}'), User)).rejects.toThrow(ValidationError)
  })

  test('no body', async () => {
    expect(await readJson(answer(''))).toBeUndefined()
    expect(await readJson(answer(''), User.optional())).toBeUndefined()
    await expect(readJson(answer(''), User)).rejects.toMatchObject({ name: 'BodyError', code: 'no-content' })
    await expect(readJson(answer(''), User)).rejects.toThrow(BodyError)
  })

  test('passes its options on', async () => {
    const value = await readJson(answer('{"id":"x"}'), User, { validate: false })
    expectTypeOf(value).toBeUnknown()
    expect(value).toEqual({ id: 'x' })
    await expect(readJson(answer('{"id":1}'), undefined, { maxBytes: 3 })).rejects.toMatchObject({ code: 'too-large' })
    const options: { lax: boolean } = Object.create({ validate: false })
    await expect(readJson(answer('{"id":"x"}'), User, options)).rejects.toThrow(ValidationError)
  })
})
