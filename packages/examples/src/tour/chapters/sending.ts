import { textOf } from '../text-of.ts'
import type { Chapter } from '../chapter.ts'

export const sending: Chapter = {
  title: 'POST of JSON',
  code: "await api.post('/users', { name: 'Grace' })\n// The type of the value decides the content type.",
  routes: {
    '/users': async (request, response) => {
      const { name } = JSON.parse(await textOf(request))
      response.statusCode = 201
      response.setHeader('location', '/users/2')
      response.end(`hello ${name}`)
    },
  },
  async run({ api }) {
    const response = await api.post('/users', { name: 'Grace' })
    return `${response.status}, location ${response.headers.get('location')}, ${await response.text()}`
  },
}
