import { TimeoutError } from '@halyard/client'
import type { Chapter } from '../chapter.ts'

export const timeout: Chapter = {
  title: 'A timeout that says what it waited for',
  code: "await api.get('/slow', { timeout: { headersMs: 150 } })",
  // Never answers.
  routes: { '/slow': () => undefined },
  async run({ api }) {
    try {
      return await api.get('/slow', { timeout: { headersMs: 150 } })
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error
      return `${error.name}: ${error.message}\nphase ${error.phase}, limit ${error.limitMs} ms, sent ${error.sent}`
    }
  },
}
