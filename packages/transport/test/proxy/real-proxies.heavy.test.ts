import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { http2Server, httpServer, httpsServer, rawServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { clientFor, text, thrown } from '../kit/client.ts'

/** A proxy of others, as a process. */
interface RealProxy {
  readonly name: string
  readonly command: string
  readonly scheme: string
  /** Arguments, after whatever file it needs was written. */
  readonly prepare: (port: number, directory: string) => readonly string[]
  /** Whether it wants `ada` and `s3cret`. */
  readonly guarded: boolean
}

const write = (directory: string, name: string, text_: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text_, { mode: 0o644 })
  return path
}

/** Of `ada` and `s3cret`, as `htpasswd -m` writes it. */
const passwordLine = 'ada:$apr1$abcdefgh$M2T3erDstkD7SsE2QQnfH0'

const squid = (port: number, directory: string, more: string): readonly string[] => {
  const config = [
    `http_port 127.0.0.1:${port}`,
    `pid_filename ${directory}/squid.pid`,
    'cache_log /dev/null',
    'access_log none',
    'cache deny all',
    'shutdown_lifetime 0 seconds',
    'pinger_enable off',
    more,
    'http_access deny all',
  ]
  return ['-N', '-f', write(directory, 'squid.conf', `${config.join('\n')}\n`)]
}

const proxies: readonly RealProxy[] = [
  {
    name: 'squid',
    command: 'squid',
    scheme: 'http',
    guarded: false,
    prepare: (port, directory) => squid(port, directory, 'http_access allow all'),
  },
  {
    name: 'squid with a password',
    command: 'squid',
    scheme: 'http',
    guarded: true,
    prepare: (port, directory) => {
      const passwords = write(directory, 'passwords', `${passwordLine}\n`)
      const helper = `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${passwords}`
      return squid(port, directory, `${helper}\nacl known proxy_auth REQUIRED\nhttp_access allow known`)
    },
  },
  ...[false, true].map((guarded): RealProxy => ({
    name: guarded ? 'tinyproxy with a password' : 'tinyproxy',
    command: 'tinyproxy',
    scheme: 'http',
    guarded,
    prepare: (port, directory) => {
      const config = [`Port ${port}`, 'Listen 127.0.0.1', 'Timeout 60', ...(guarded ? ['BasicAuth ada s3cret'] : [])]
      return ['-d', '-c', write(directory, 'tinyproxy.conf', `${config.join('\n')}\n`)]
    },
  })),
  ...['socks4', 'socks5'].map((scheme): RealProxy => ({
    name: `dante by ${scheme}`,
    command: 'danted',
    scheme,
    guarded: false,
    prepare: (port, directory) => {
      const rule = 'pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }'
      const config = [
        'logoutput: /dev/null',
        `internal: 127.0.0.1 port = ${port}`,
        'external: lo',
        'clientmethod: none',
        'socksmethod: none',
        `client ${rule}`,
        `socks ${rule}`,
      ]
      const path = write(directory, 'danted.conf', `${config.join('\n')}\n`)
      return ['-f', path, '-p', join(directory, 'danted.pid')]
    },
  })),
  ...[false, true].map((guarded): RealProxy => ({
    name: guarded ? 'microsocks with a password' : 'microsocks',
    command: 'microsocks',
    scheme: 'socks5',
    guarded,
    prepare: (port) => ['-i', '127.0.0.1', '-p', String(port), ...(guarded ? ['-u', 'ada', '-P', 's3cret'] : [])],
  })),
]

const isHere = (command: string): boolean => spawnSync('which', [command]).status === 0

for (const { name, command, scheme, prepare, guarded } of proxies) {
  describe.skipIf(!isHere(command))(`${name} (skipped where there is no ${command})`, () => {
    test('lets http, https and h2 through, and says no', async () => {
      await using proxy = await start(command, prepare)
      const url = (login: string): string => `${scheme}://${login}127.0.0.1:${proxy.port}`
      const right = guarded ? url('ada:s3cret@') : url('')
      const seen: string[] = []
      const answer = (
        request: { rawHeaders: readonly string[] },
        response: { end: (body: string) => unknown },
      ): void => {
        seen.push(...request.rawHeaders)
        response.end('through')
      }
      await using plain = await httpServer(answer)
      await using secure = await httpsServer(answer)
      await using multiplexed = await http2Server(answer)
      for (const server of [plain, secure, multiplexed]) {
        await using client = clientFor(server, { proxy: right })
        for (let at = 0; at < 3; at += 1) {
          const own = { 'proxy-authorization': 'Basic bWluZQ==' }
          expect(await text(client.api.get('/x', { headers: own }))).toBe('through')
        }
      }
      expect(seen.join('\n')).not.toMatch(/proxy-auth|bWluZQ/i)
      if (guarded) {
        for (const login of ['', 'ada:wr0ng@']) {
          await using refused = clientFor(secure, { proxy: url(login) })
          expect(await thrown(refused.api.get('/'))).toMatchObject({ code: 'proxy', reason: 'auth-required' })
        }
        // With wrong ones, tinyproxy answers 401, which an origin may, too.
        await using refused = clientFor(plain, { proxy: url('') })
        expect(await thrown(refused.api.get('/'))).toMatchObject({ code: 'proxy', reason: 'auth-required' })
      }
    })
  })
}

async function start(command: string, prepare: RealProxy['prepare']): Promise<AsyncDisposable & { port: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'halyard-proxy-'))
  // Some go on as another user.
  chmodSync(directory, 0o755)
  const port = await freePort()
  const child = spawn(command, prepare(port, directory), { stdio: 'ignore' })
  const exited = once(child, 'exit')
  const limit = performance.now() + 10_000
  while (!(await listens(port))) {
    if (performance.now() > limit || child.exitCode !== null) throw new Error(`${command} does not listen`)
    await new Promise((resolve) => void setImmediate(resolve))
  }
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill(command === 'squid' ? 'SIGINT' : 'SIGTERM')
      await exited
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  await using server = await rawServer(() => undefined)
  return server.port
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
