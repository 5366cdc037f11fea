import type { RequestBody } from '@halyard/core'

/** What the helpers make: a body, or one that is validated first. Told from plain data by its brand. */
export class PreparedBody {
  readonly body: RequestBody | Promise<RequestBody>

  constructor(body: RequestBody | Promise<RequestBody>) {
    this.body = body
  }
}

/** An option of a helper: one that the caller wrote, not one that somebody put on `Object.prototype`. */
export function ownOption<Options extends object, Name extends keyof Options>(
  options: Options,
  name: Name,
): Options[Name] | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined
}

/** A body that may fail or take its time. The call that sends it reports the failure; one never sent harms nobody. */
export function prepared(make: () => RequestBody | Promise<RequestBody>): PreparedBody {
  try {
    const body = make()
    if (body instanceof Promise) body.catch(() => undefined)
    return new PreparedBody(body)
  } catch (failure) {
    const body = Promise.reject(failure)
    body.catch(() => undefined)
    return new PreparedBody(body)
  }
}
