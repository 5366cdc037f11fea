// A middleware that adds a typed per-request option: ten lines.
import { createClient, type Middleware } from '@halyard/client'
import { httpServer } from '@halyard/testing'

interface TenantOptions {
  readonly tenant: string
}

function tenantHeader(): Middleware<TenantOptions> {
  return {
    name: 'tenant-header',
    wrap: (next) => (request, call) => {
      const { tenant } = call.options
      if (typeof tenant !== 'string') return next(request, call)
      return next(request.with({ headers: request.headers.with('x-tenant', tenant) }), call)
    },
  }
}

const server = await httpServer((request, response) => {
  response.end(`tenant: ${String(request.headers['x-tenant'] ?? 'none')}`)
})
const api = createClient(server.origin, { use: { call: [tenantHeader()] } })

console.log(await api.get('/orders', { tenant: 'acme' }).text())
console.log(await api.get('/orders').text())
// @ts-expect-error -- the option is typed: a number is refused by the compiler
console.log(await api.get('/orders', { tenant: 42 }).text())
console.log(api.describe().join(' > '))

await api.close()
await server.close()
