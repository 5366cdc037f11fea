import type { ServerHandler } from '@halyard/testing'
import { z } from 'zod'
import type { Chapter } from '../chapter.ts'

const Order = z.object({ id: z.int(), tags: z.array(z.string()) })

function answering(type: string, body: string): ServerHandler {
  return (_request, response) => {
    response.setHeader('content-type', type)
    response.end(body)
  }
}

export const formats: Chapter = {
  title: 'The same record as JSON, XML and a form',
  code: "await api.get('/orders/{format}', { params: { format } }).record(Order, { root: 'order' })\n// The content type says how to read it, the schema what is a number and what a list.",
  routes: {
    '/orders/json': answering('application/json', '{"id":7,"tags":["new"]}'),
    '/orders/xml': answering('application/xml', '<order><id>007</id><tags>new</tags></order>'),
    '/orders/form': answering('application/x-www-form-urlencoded', 'id=007&tags=new'),
  },
  async run({ api }) {
    const lines: string[] = []
    for (const format of ['json', 'xml', 'form']) {
      const order = await api.get('/orders/{format}', { params: { format } }).record(Order, { root: 'order' })
      lines.push(`${format.padEnd(4)} ${JSON.stringify(order)}`)
    }
    return lines.join('\n')
  },
}
