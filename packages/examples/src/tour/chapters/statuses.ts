import { z } from 'zod'
import type { Chapter } from '../chapter.ts'

const User = z.object({ name: z.string() })
const Problem = z.object({ title: z.string() })

export const statuses: Chapter = {
  title: 'A type for each status',
  code: "await api.get('/members/{id}', { params: { id } }).match({ 200: User, 404: Problem })\n// A union that `status` tells apart: no exception for a 404 that is expected.",
  routes: {
    '/members/1': (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end('{"name":"Ada"}')
    },
    '/members/2': (_request, response) => {
      response.statusCode = 404
      response.setHeader('content-type', 'application/problem+json')
      response.end('{"title":"No such user"}')
    },
  },
  async run({ api }) {
    const lines: string[] = []
    for (const id of [1, 2]) {
      const answer = await api.get('/members/{id}', { params: { id } }).match({ 200: User, 404: Problem })
      lines.push(answer.status === 200 ? `200: ${answer.body.name}` : `404: ${answer.body.title}`)
    }
    return lines.join('\n')
  },
}
