import { Agent, request as http1Request } from 'node:http'
import { connect } from 'node:http2'
import { request as httpsRequest } from 'node:https'

export interface Answer {
  readonly status: number
  readonly body: string
}

/** Asks over HTTP/1.1, on a connection of its own. */
export function askHttp1(url: string, ca?: string, extra: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, ...(ca !== undefined && { ca }), ...extra }
    const send = url.startsWith('https') ? httpsRequest : http1Request
    const request = send(url, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') }),
      )
    })
    request.on('error', reject)
    request.end()
  })
}

/** Asks over HTTP/2, on a connection of its own. */
export async function askHttp2(origin: string, path: string, ca?: string): Promise<Answer> {
  const session = connect(origin, ca === undefined ? {} : { ca })
  try {
    return await new Promise<Answer>((resolve, reject) => {
      session.on('error', reject)
      const stream = session.request({ ':path': path })
      let status = 0
      let body = ''
      stream.setEncoding('latin1')
      stream.on('response', (headers) => (status = headers[':status'] ?? 0))
      stream.on('data', (chunk: string) => (body += chunk))
      stream.on('error', reject)
      stream.on('end', () => resolve({ status, body }))
      stream.end()
    })
  } finally {
    session.close()
  }
}

/** An agent that keeps its connection. */
export function keepingAgent(): Agent {
  return new Agent({ keepAlive: true })
}
