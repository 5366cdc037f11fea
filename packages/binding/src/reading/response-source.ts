import type { HttpResponse } from '@halyard/core'
import type { Source } from './source.ts'

/** The facts of a response that its reader has no request for: its target is the URL that answered, without the query. */
export function responseSource(response: HttpResponse): Source {
  return {
    part: undefined,
    get target() {
      const { origin, pathname } = response.url
      return `${origin}${pathname}`
    },
    get status() {
      return response.status
    },
    get mediaType() {
      return response.headers.get('content-type')
    },
  }
}
