import type { RequestBody } from '@halyard/core'

/** What the helpers make: a body, or one that is validated first. Told from plain data by its brand. */
export class PreparedBody {
  readonly body: RequestBody | Promise<RequestBody>

  constructor(body: RequestBody | Promise<RequestBody>) {
    this.body = body
  }
}
