import { dns } from '@halyard/resilience/balance'
import { httpsServer, testAuthority } from '@halyard/testing'
import { expect, test } from 'vitest'
import { createClient } from '../../src/index.ts'

test('addresses of a name over TLS: the certificate is for the name that `tls.serverName` says', async () => {
  const authority = await testAuthority()
  const certificate = await authority.issue({ names: ['only.test'] })
  await using server = await httpsServer((request, response) => void response.end(request.headers.host), {
    certificate,
  })
  const resolver = {
    resolve4: () => Promise.resolve(['127.0.0.1']),
    resolve6: () => Promise.resolve([]),
    resolveSrv: () => Promise.resolve([]),
  }
  const name = 'only.test'
  const source = dns({ name, protocol: 'https', port: server.port, resolver })

  await using named = createClient(source, { tls: { ca: server.ca, serverName: name } })
  expect(await named.get('/').text()).toBe(`only.test:${server.port}`)

  // Without it the address is what the certificate has to be for.
  await using unnamed = createClient(source, { tls: { ca: server.ca } })
  await expect(unnamed.get('/').text()).rejects.toMatchObject({ code: 'tls', reason: 'wrong-host' })
})
