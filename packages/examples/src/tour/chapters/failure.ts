import { isHttpError, StatusError } from '@halyard/client'
import type { Chapter } from '../chapter.ts'

export const failure: Chapter = {
  title: 'An error, with its decoded body',
  code: "await api.get('/users/99').json()\n// Readers throw StatusError. Awaiting the response alone does not.",
  routes: {
    '/users/99': (_request, response) => {
      response.statusCode = 404
      response.setHeader('content-type', 'application/problem+json')
      response.end(JSON.stringify({ title: 'No such user', detail: 'There is no user 99.' }))
    },
  },
  async run({ api }) {
    try {
      return await api.get('/users/99').json()
    } catch (error) {
      if (!isHttpError(error, 'status') || !(error instanceof StatusError)) throw error
      return `${error.name}: ${error.message}\nproblem ${JSON.stringify(error.problem)}`
    }
  },
}
