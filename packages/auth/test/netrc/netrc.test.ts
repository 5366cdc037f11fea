import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { netrc } from '../../src/index.ts'
import { entryFor, NetrcFault, parseNetrc, type NetrcEntry } from '../../src/netrc/parse-netrc.ts'
import { applied, printed, requestTo, scene, thrownBy } from '../schemes/kit.ts'

const entry = (machine: string | undefined, login?: string, password?: string): NetrcEntry => ({
  machine,
  login,
  password,
})

describe('the file', () => {
  test.each<[string, NetrcEntry[]]>([
    ['', []],
    ['machine a.test login u password p', [entry('a.test', 'u', 'p')]],
    ['machine A.Test\n\tlogin u\r\n\tpassword p\n', [entry('a.test', 'u', 'p')]],
    ['machine a login u password p machine b login v password q', [entry('a', 'u', 'p'), entry('b', 'v', 'q')]],
    [
      'machine a password p account x login u\ndefault login d password e',
      [entry('a', 'u', 'p'), entry(undefined, 'd', 'e')],
    ],
    ['# machine no\nmachine a # login x\n login u # y\n password #p#\n#', [entry('a', 'u', '#p#')]],
    ['machine a login "u v" password "p\\"\\\\\\n\\t\\x"', [entry('a', 'u v', 'p"\\\n\tx')]],
    ['machine a login u password ""', [entry('a', 'u', '')]],
    ['machine a login u password p"q', [entry('a', 'u', 'p"q')]],
    // What would be a keyword elsewhere.
    ['machine login login password password machine', [entry('login', 'password', 'machine')]],
    ['machine a login u macdef init\ncd /x\nmachine no login no\n\npassword p', [entry('a', 'u', 'p')]],
    ['macdef x\nmachine a login u password p', []],
    // The first of two counts.
    ['machine a login u login v password p', [entry('a', 'u', 'p')]],
    ['machine __proto__ login u password p', [entry('__proto__', 'u', 'p')]],
  ])('%j', (text, expected) => {
    expect(parseNetrc(text)).toEqual(expected)
  })

  test.each([
    ['machine', 1],
    ['\nmachine a login', 2],
    ['login u', 1],
    ['machine a\n\nlogon u', 3],
    ['machine a\npassword "s3cret', 2],
    ['s3cret', 1],
  ])('%j is refused', async (text, line) => {
    const fault = await thrownBy(() => parseNetrc(text))
    expect(fault).toBeInstanceOf(NetrcFault)
    expect(fault).toMatchObject({ line })
    expect(printed(fault)).not.toContain('s3cret')
  })

  test('whatever is written is read, and no text makes it fail in another way', () => {
    const anyUnit = fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code))
    const word = fc.string({ unit: fc.constantFrom(...Array.from('abc#"\\ \t\n=:')), minLength: 1 })
    const quoted = (text: string): string =>
      `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word, fc.constantFrom(' ', '\n', ' # x "\n'))), (list) => {
        const text = list
          .map(([name, login, password, gap]) =>
            ['machine', quoted(name), gap, 'login', quoted(login), gap, 'password', quoted(password), gap].join(' '),
          )
          .join('\n')
        expect(parseNetrc(text)).toEqual(list.map(([name, ...rest]) => entry(name.toLowerCase(), rest[0], rest[1])))
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: anyUnit }), (text) => {
        try {
          parseNetrc(`machine a login "${text}`)
        } catch (fault) {
          if (!(fault instanceof NetrcFault)) throw fault
        }
      }),
    )
  })

  test('a host has its own entry, or the default one', () => {
    const entries = parseNetrc('machine a login u password p\ndefault login d password e\nmachine b login v password q')
    expect(['A', 'b', 'c'].map((host) => entryFor(entries, host)?.login)).toEqual(['u', 'v', 'd'])
    expect(entryFor(entries.slice(0, 1), 'c')).toBeUndefined()
  })
})

describe('the provider', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'halyard-netrc-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function file(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, text)
    await chmod(path, mode)
    return path
  }

  const sent = async (path: string, url: string): Promise<string | undefined> =>
    (await applied(netrc(path), requestTo(url))).headers.get('authorization')

  test('goes by the host of the request, whatever its port, and to no other', async () => {
    const path = await file('one', 'machine api.test login u password p\nmachine half login u')
    expect(await sent(path, 'https://API.test/x')).toBe('Basic dTpw')
    expect(await sent(path, 'http://api.test:8080/x')).toBe('Basic dTpw')
    for (const url of ['https://other.test', 'https://sub.api.test', 'https://api.test.evil.test', 'https://half'])
      expect(await sent(path, url)).toBeUndefined()
  })

  test('is bound to the origins that it is given for, the default entry too', async () => {
    const path = await file('default', 'default login u password p')
    const { api, sent: went } = scene(netrc(path))
    await api.get('https://api.test')
    await api.get('https://other.test')
    expect(went()).toEqual(['Basic dTpw', undefined])
  })

  test('NETRC names the file; without one in the home directory there are no credentials', async () => {
    vi.stubEnv('NETRC', await file('named', 'default login u password p'))
    expect((await applied(netrc())).headers.get('authorization')).toBe('Basic dTpw')
    vi.stubEnv('NETRC', undefined)
    vi.stubEnv('HOME', folder)
    vi.stubEnv('USERPROFILE', folder)
    expect((await applied(netrc())).headers.has('authorization')).toBe(false)
    await file(process.platform === 'win32' ? '_netrc' : '.netrc', 'default login v password q')
    expect((await applied(netrc())).headers.get('authorization')).toBe('Basic djpx')
    vi.unstubAllEnvs()
  })

  test.each([
    ['a file that is not there', () => netrc(join(folder, 'none')), /ENOENT/],
    ['a folder', () => netrc(folder), /EISDIR/],
    ['no path', () => netrc(1 as never), /the path of a file/],
  ])('refuses %s', async (_name, make, message) => {
    const error = await thrownBy(make)
    expect(error).toMatchObject({ code: 'config', option: 'netrc.path' })
    expect(String(error)).toMatch(message)
  })

  test('what is wrong in it is said by line, and nothing of it is shown', async () => {
    const path = await file('wrong', 'machine a\nlogin u s3cret p')
    const error = await thrownBy(() => netrc(path))
    expect(error).toMatchObject({ code: 'config', option: 'netrc.path' })
    expect(String(error)).toContain('line 2: a word that is no keyword')
    expect(printed(error)).not.toContain('s3cret')
    const colon = await file('colon', 'machine api.test login s3cret:x password s3cret')
    const late = await thrownBy(() => scene(netrc(colon)).api.get('https://api.test'))
    expect(late).toMatchObject({ code: 'auth', sent: 'no' })
    expect(String(late)).toContain('a colon at index 6')
    expect(printed(late)).not.toContain('s3cret')
    expect(printed(netrc(colon))).not.toContain('s3cret')
  })

  test.skipIf(process.platform === 'win32')('a file that others may read is warned of, once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    netrc(await file('closed', 'default login u password s3cret'))
    expect(warn).not.toHaveBeenCalled()
    const path = await file('open', 'default login u password s3cret', 0o644)
    netrc(path)
    netrc(path)
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining(`${path} may be read by others`), { code: 'HALYARD_NETRC_MODE' }],
    ])
    warn.mockRestore()
  })
})
