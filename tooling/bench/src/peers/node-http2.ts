import { connect } from 'node:http2'
import { schemaOf } from '../payload/payload.ts'
import type { MakePeer } from './peer.ts'

export const nodeHttp2: MakePeer = ({ origin, path, payload, ca }) => {
  const schema = schemaOf(payload)
  const session = connect(origin, ca === undefined ? {} : { ca })
  const exchange = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path })
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', reject)
      stream.on('end', () => resolve(schema.parse(JSON.parse(Buffer.concat(chunks).toString()))))
    })
  return { call: exchange, close: () => session.close() }
}
