import type { HttpRequest, HttpResponse } from '@halyard/core'
import type { Failure } from '../outcome/index.ts'

/** Makes an answer in place of a failure, or gives `undefined` to let it stand. */
export type FallbackHandler = (
  failure: Failure,
  request: HttpRequest,
) => HttpResponse | undefined | Promise<HttpResponse | undefined>
