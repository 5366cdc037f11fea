// What can go wrong, and what the error says of it.
import { createClient, isHttpError, StatusError, ValidationError } from '@halyard/client'
import { z } from 'zod'
import { httpServer } from '@halyard/testing'

const controller = new AbortController()
const server = await httpServer((request, response) => {
  switch (request.url) {
    case '/missing':
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end('{"message":"no such thing"}')
      break
    case '/text':
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<p>hello</p>')
      break
    case '/user':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('{"id":"one"}')
      break
    case '/cut':
      response.writeHead(200, { 'content-length': 100 })
      response.write('only this', () => response.destroy())
      break
    case '/given-up':
      controller.abort()
      break
    default: // '/never' is not answered.
  }
})
const api = createClient(server.origin)

const failures: Readonly<Record<string, () => Promise<unknown>>> = {
  'a 404': () => api.get('/missing').json(),
  'no JSON': () => api.get('/text').json(),
  'a schema that does not fit': () => api.get('/user').json(z.object({ id: z.number() })),
  'a body cut short': () => api.get('/cut').text(),
  'no answer in time': () => api.get('/never', { timeout: { headersMs: 50 } }),
  'given up': () => api.get('/given-up', { signal: controller.signal }),
  'nobody there': () => api.get('http://127.0.0.1:1/'),
  'a wrong option': () => api.get('/', { timeout: -1 }),
}

for (const [what, run] of Object.entries(failures)) {
  try {
    await run()
  } catch (error) {
    console.log(`${what}:`)
    if (isHttpError(error)) {
      console.log(`  ${error.name}, code ${error.code}, sent ${error.sent}`)
      if (error instanceof StatusError) console.log(`  body ${JSON.stringify(error.body)}`)
    } else if (error instanceof ValidationError) {
      console.log(`  ${error.name}, ${error.issues.length} issue, at ${error.at}`)
    } else throw error
    console.log(`  ${error.message.split('\n')[0]}`)
  }
}

await api.close()
await server.close()
