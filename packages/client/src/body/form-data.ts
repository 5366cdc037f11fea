import type { FormDataLike } from '@halyard/multipart'

/** Whether a value is a `FormData`, whoever made it: undici takes only its own, and sends others empty. */
export function isFormData(value: object): value is FormDataLike {
  return Reflect.get(value, Symbol.toStringTag) === 'FormData' && 'entries' in value
}
