import { describeTarget, type HttpRequest, type HttpResponse } from '@halyard/core'

/** An attempt that was answered, but not as it should be: how it stands among the `suppressed` failures of a call. */
export class FailedAnswer extends Error {
  override readonly name = 'FailedAnswer'
  readonly status: number
  readonly target: string

  constructor(request: HttpRequest, response: HttpResponse) {
    const target = describeTarget(request)
    super(`${target}: answered ${response.status}`)
    this.status = response.status
    this.target = target
  }
}
