// A consumer of the facade: a client, a middleware of its own, a schema, errors.
import { createClient, isHttpError, StatusError, type HttpClient, type Middleware } from '@halyard/client'
import { z } from 'zod'

interface TenantOptions {
  readonly tenant: string
}

const tenant: Middleware<TenantOptions> = { name: 'tenant', wrap: (next) => (request, call) => next(request, call) }

const User = z.object({ id: z.number(), name: z.string() })

export async function nameOf(id: number): Promise<string> {
  await using api = createClient('https://api.example.com/v1', { use: { call: [tenant] } })
  try {
    const user = await api.get('/users/{id}', { params: { id }, tenant: 'acme' }).json(User)
    // @ts-expect-error the schema knows no such property
    void user.age
    return user.name
  } catch (error) {
    if (error instanceof StatusError) return `status ${error.status}`
    if (isHttpError(error, 'timeout')) return error.target
    throw error
  }
}

/** Says what it needs; a client without the middleware will not do. */
export function needsTenant(api: HttpClient<TenantOptions>): string {
  return String(api)
}

const bare = createClient('https://api.example.com/v1')
// @ts-expect-error `tenant` is an option of the middleware, and this client has no middleware
void bare.get('/users', { tenant: 'acme' })
// @ts-expect-error for the same reason
needsTenant(bare)
