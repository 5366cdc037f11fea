import type { Call, HttpHandler, HttpRequest, HttpResponse } from '@halyard/core'

/** Asks the next handler. One that throws at once fails like one that rejects. */
export function ask(next: HttpHandler, request: HttpRequest, call: Call): Promise<HttpResponse> {
  try {
    return next(request, call)
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}
