import { z } from 'zod'
import type { Chapter } from '../chapter.ts'

const User = z.object({ id: z.number(), name: z.string(), born: z.coerce.date() })

export const record: Chapter = {
  title: 'GET, bound to a record',
  code: "await api.get('/users/{id}', { params: { id: 1 } }).json(User)\n// User is a zod schema. Called twice, over one connection.",
  routes: {
    '/users/1': (_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: 1, name: 'Ada', born: '1815-12-10' }))
    },
  },
  async run({ api }) {
    await api.get('/users/{id}', { params: { id: 1 } }).json(User)
    const user = await api.get('/users/{id}', { params: { id: 1 } }).json(User)
    return `${user.name}, born ${user.born.getUTCFullYear()} (typed: born is a Date)`
  },
}
