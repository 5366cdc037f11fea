import type { Chapter } from '../chapter.ts'

export const stats: Chapter = {
  title: 'What the pool looks like after all this',
  code: 'api.stats()',
  routes: {},
  run: ({ api }) => api.stats(),
}
