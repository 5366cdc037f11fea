import { createPipeline, type Middleware } from '@halyard/core'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { auth, digest } from '../../src/index.ts'
import { plain } from './plain-transport.ts'

const apache = '/usr/sbin/apache2'
const modules = '/usr/lib/apache2/modules'
const installed = existsSync(apache) && existsSync(`${modules}/mod_auth_digest.so`)
if (!installed) console.warn('apache2 is not installed: its Digest is not tested. apt-get install apache2')

const realm = 'apache "realm"'
const run = promisify(execFile)

interface Apache extends AsyncDisposable {
  readonly origin: string
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

/** It has bound its port when the command returns. */
async function start(): Promise<Apache> {
  const folder = await mkdtemp(join(tmpdir(), 'halyard-apache-'))
  // Its workers are another user.
  await chmod(folder, 0o755)
  const port = await freePort()
  const key = createHash('md5').update(`ada:${realm}:s3cret`).digest('hex')
  const load = [
    'mpm_event',
    'authn_core',
    'authn_file',
    'authz_core',
    'authz_user',
    'auth_digest',
    'alias',
    'dir',
    'mime',
  ]
  const config = [
    `ServerRoot "${folder}"`,
    `DefaultRuntimeDir "${folder}"`,
    `PidFile "${folder}/pid"`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    ...load.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`),
    'StartServers 1',
    'TypesConfig /dev/null',
    `ErrorLog "${folder}/error.log"`,
    `DocumentRoot "${folder}"`,
    `Alias /in "${folder}/hello"`,
    '<Location "/in">',
    'AuthType Digest',
    `AuthName "${realm.replaceAll('"', '\\"')}"`,
    'AuthDigestDomain /in',
    'AuthDigestProvider file',
    `AuthUserFile "${folder}/users"`,
    'Require valid-user',
    '</Location>',
    '',
  ]
  await writeFile(join(folder, 'httpd.conf'), config.join('\n'))
  await writeFile(join(folder, 'users'), `ada:${realm.replaceAll('"', '\\"')}:${key}\nada:${realm}:${key}\n`)
  await writeFile(join(folder, 'hello'), 'hello')
  const control = (signal: string): Promise<unknown> =>
    run(apache, ['-f', join(folder, 'httpd.conf'), '-k', signal]).catch(async (failure: unknown) => {
      throw new Error(await readFile(join(folder, 'error.log'), 'utf8').catch(() => ''), { cause: failure })
    })
  await control('start')
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await control('stop')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test.skipIf(!installed)('apache2: a challenge, then requests unasked, by one and by many', async () => {
  await using server = await start()
  const { origin } = server
  const statuses: number[] = []
  const noting: Middleware = {
    name: 'noting',
    wrap: (next) => async (request, call) => {
      const response = await next(request, call)
      statuses.push(response.status)
      return response
    },
  }
  const api = createPipeline({ transport: plain, use: [auth(digest('ada', 's3cret'), { origins: [origin] }), noting] })
  const first = await api.get(`${origin}/in?a="b"`)
  expect([first.status, Buffer.from(await first.body.bytes()).toString()]).toEqual([200, 'hello'])
  const answers = await Promise.all(Array.from({ length: 10 }, () => api.get(`${origin}/in`)))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
  const wrong = createPipeline({ transport: plain, use: [auth(digest('ada', 'wrong'), { origins: [origin] }), noting] })
  expect((await wrong.get(`${origin}/in`)).status).toBe(401)
  // One challenge for all; a wrong password has one, and is refused.
  expect(statuses.filter((status) => status === 200).length).toBe(11)
  expect(statuses.filter((status) => status === 401).length).toBe(3)
})
