import { respond } from '@halyard/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apiKey, basic, bearer, digest, Secret, type ApiKeyOptions } from '../../src/index.ts'
import { applied, origin, printed, requestTo, scene, thrownBy } from './kit.ts'

const header = async (...of: Parameters<typeof applied>): Promise<string | undefined> =>
  (await applied(...of)).headers.get('authorization')

describe('basic', () => {
  // RFC 7617 §2 and §2.1.
  test.each([
    ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['test', '123\u00a3', 'Basic dGVzdDoxMjPCow=='],
    ['u', '', 'Basic dTo='],
    ['u', 'a:b', 'Basic dTphOmI='],
    ['u', new Secret('p'), 'Basic dTpw'],
    // Both spellings of an umlaut are one.
    ['u', 'a\u0308', 'Basic dTrDpA=='],
    ['u', '\u00e4', 'Basic dTrDpA=='],
  ])('%s and %s', async (username, password, expected) => {
    expect(await header(basic(username, password))).toBe(expected)
  })

  test('any two texts without controls come back out', async () => {
    const part = fc
      .string({ unit: fc.integer({ min: 0x20, max: 0xffff }).map((code) => String.fromCharCode(code)) })
      .filter((text) => text.isWellFormed() && !/[\p{Cc}]/u.test(text))
    await fc.assert(
      fc.asyncProperty(part, part, async (name, password) => {
        const username = `u${name.replaceAll(':', '')}`
        const value = await header(basic(username, password))
        const decoded = Buffer.from(value?.slice('Basic '.length) ?? '', 'base64').toString('utf8')
        expect(decoded).toBe(`${username}:${password}`.normalize('NFC'))
      }),
    )
  })

  test.each<[string, unknown, unknown, RegExp]>([
    ['empty', '', 's3cret', /basic\.username: expected a user name/],
    ['colon', 's3cret:x', 's3cret', /basic\.username: expected no colon, got "a colon at index 6"/],
    ['control', 's3cret\n', 's3cret', /basic\.username: .*U\+000A at index 6/],
    ['control in the password', 'u', 's3cret\u0000', /basic\.password: .*U\+0000 at index 6/],
    ['C1 control', 'u', 's3cret\u0085', /basic\.password: .*U\+0085/],
    ['half a pair', 'u', 's3cret\ud800', /basic\.password: .*surrogate/],
    ['no text', 'u', undefined, /basic\.password: expected a string or Secret, got "undefined"/],
    ['an object', { user: 's3cret' }, 'p', /basic\.username: expected a string/],
  ])('refuses %s, and shows none of it', async (_name, username, password, message) => {
    for (const make of [basic, digest]) {
      const error = await thrownBy(() => make(username as string, password as string))
      expect(error).toMatchObject({ code: 'config', sent: 'no' })
      expect(String(error).replace('digest', 'basic')).toMatch(message)
      expect(printed(error)).not.toContain('s3cret')
    }
  })
})

describe('bearer', () => {
  test.each(['a', 'abc.def-ghi_~+/==', new Secret('abc')])('%s', async (token) => {
    expect(await header(bearer(token))).toBe(`Bearer ${token instanceof Secret ? token.reveal() : token}`)
  })

  test.each(['', 's3cret token', 's3cret\r\nx: y', '=s3cret', 's3cret"', 's3crét', undefined, 42])(
    'refuses %j',
    async (token) => {
      const error = await thrownBy(() => bearer(token as string))
      expect(error).toMatchObject({ code: 'config', option: 'bearer.token' })
      expect(printed(error)).not.toContain('s3cr')
      const late = await thrownBy(() => scene(bearer(() => token as string)).api.get(origin))
      expect(late).toMatchObject({ code: 'auth', sent: 'no', target: `GET ${origin}/` })
      expect(printed(late)).not.toContain('s3cr')
    },
  )

  test('a function is asked for each request, and once more after a 401', async () => {
    let count = 0
    const { api, transport, sent } = scene(
      bearer(() => Promise.resolve(`t${(count += 1)}`)),
      ({ headers }) => respond({ status: headers.get('authorization') === 'Bearer t2' ? 200 : 401, body: 'x' }),
    )
    const response = await api.get(origin)
    expect(response.status).toBe(200)
    expect(sent()).toEqual(['Bearer t1', 'Bearer t2'])
    await response.body.discard()
    expect(transport.openBodies()).toBe(0)
  })

  test('the same token is not tried twice', async () => {
    const { api, sent } = scene(
      bearer(() => new Secret('t')),
      () => respond({ status: 401 }),
    )
    expect((await api.get(origin)).status).toBe(401)
    expect(sent()).toEqual(['Bearer t'])
  })
})

describe('apiKey', () => {
  test('in a header', async () => {
    expect((await applied(apiKey({ header: 'X-Key', value: 'k' }))).headers.toFlat()).toEqual(['X-Key', 'k'])
    expect((await applied(apiKey({ header: 'X-Key', value: () => new Secret('k') }))).headers.toFlat()).toEqual([
      'X-Key',
      'k',
    ])
  })

  test.each([
    ['/x', '/x?key=a%20%26b'],
    ['/x?', '/x?key=a%20%26b'],
    ['/x?y=1', '/x?y=1&key=a%20%26b'],
    ['/x?key=own', '/x?key=own'],
    ['/x?k%65y=own', '/x?k%65y=own'],
    ['/%C3%A4?y=%20', '/%C3%A4?y=%20&key=a%20%26b'],
  ])('in the query: %s', async (path, expected) => {
    const request = await applied(apiKey({ query: 'key', value: 'a &b' }), requestTo(origin + path))
    expect(request.path).toBe(expected)
    expect(request.headers.toFlat()).toEqual([])
  })

  test.each<[ApiKeyOptions, string]>([
    [{ value: 's3cret' }, 'apiKey'],
    [{ header: 'a', query: 'b', value: 's3cret' }, 'apiKey'],
    [{ header: 'a b', value: 's3cret' }, 'apiKey.header'],
    [{ header: 'content-length', value: 's3cret' }, 'apiKey.header'],
    [{ header: 'a', value: 's3cret\r\nb: c' }, 'apiKey.value'],
    [{ header: 'a', value: ' s3cret' }, 'apiKey.value'],
    [{ header: 'a', value: 's3cretä' }, 'apiKey.value'],
    [{ header: 'a', value: '' }, 'apiKey.value'],
    [{ query: '', value: 's3cret' }, 'apiKey.query'],
    [{ query: 'a', value: 's3cret\n' }, 'apiKey.value'],
    [{ header: 'a', value: undefined as never }, 'apiKey.value'],
    [{ heder: 'a', value: 's3cret' } as never, 'apiKey.heder'],
    ['s3cret' as never, 'apiKey'],
  ])('refuses %j', async (options, option) => {
    const error = await thrownBy(() => apiKey(options))
    expect(error).toMatchObject({ code: 'config', option })
    expect(printed(error)).not.toContain('s3cret')
  })

  test('what a function gives is checked', async () => {
    const provider = apiKey({ header: 'a', value: () => 's3cret\n' })
    const error = await thrownBy(() => scene(provider).api.get(origin))
    expect(error).toMatchObject({ code: 'auth', sent: 'no' })
    expect(printed(error)).not.toContain('s3cret')
  })
})

test('nothing secret shows in a provider, or in what holds one', () => {
  const secret = new Secret('s3cret')
  expect(`${String(secret)} ${JSON.stringify({ secret })}`).toBe('[secret] {"secret":"[secret]"}')
  for (const provider of [
    secret,
    basic('u', 's3cret'),
    bearer('s3cret'),
    bearer(secret),
    apiKey({ header: 'x', value: 's3cret' }),
    digest('u', 's3cret'),
  ]) {
    expect(printed({ auth: provider })).not.toContain('s3cret')
  }
})
