// A consumer of the core alone: an ES module with a middleware of its own.
import { createPipeline, isHttpError, respond, type Middleware, type Transport } from '@halyard/core'

interface TenantOptions {
  readonly tenant: string
}

function tenant(fallback: string): Middleware<TenantOptions> {
  return {
    name: 'tenant',
    wrap: (next) => (request, call) => {
      const own = call.options['tenant']
      const value = typeof own === 'string' ? own : fallback
      return next(request.with({ headers: request.headers.with('x-tenant', value) }), call)
    },
  }
}

const transport: Transport = { name: 'echo', open: () => () => Promise.resolve(respond({ body: 'hello' })) }

export async function greet(): Promise<string> {
  await using api = createPipeline({ transport, baseUrl: 'https://api.example.com', use: [tenant('acme')] })
  try {
    const response = await api.get('/greeting', { tenant: 'other' })
    return new TextDecoder().decode(await response.body.bytes())
  } catch (error) {
    if (isHttpError(error, 'timeout')) return `${error.code} ${error.target}`
    throw error
  }
}

const bare = createPipeline({ transport })
// @ts-expect-error `tenant` is an option of the middleware, and this client has no middleware
void bare.get('https://api.example.com/', { tenant: 'other' })
// @ts-expect-error the option is a string
void createPipeline({ transport, use: [tenant('acme')] }).get('https://api.example.com/', { tenant: 7 })
