import http from 'node:http'
import https from 'node:https'
import { posted, schemaOf } from '../payload/payload.ts'
import { nodeAgent } from './node-agent.ts'
import type { MakePeer } from './peer.ts'

export const nodeHttp: MakePeer = (target) => {
  const { origin, path, payload, method, ca } = target
  const schema = schemaOf(payload)
  const agent = nodeAgent(target)
  const { request } = ca === undefined ? http : https
  const { hostname, port } = new URL(origin)
  const exchange = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const body = method === 'POST' ? JSON.stringify(posted) : undefined
      const headers =
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const sent = request({ hostname, port, path, method, agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => resolve(schema.parse(JSON.parse(Buffer.concat(chunks).toString()))))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return { call: exchange, close: () => agent.destroy() }
}
