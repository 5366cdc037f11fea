import type { RequestBody } from '@halyard/core'
import { multipart } from './multipart.ts'

/** What is used of a `FormData`, whoever made it. */
export interface FormDataLike {
  entries(): IterableIterator<[string, string | Blob]>
}

/** `multipart/form-data` as browsers write it (WHATWG HTML): in names and texts every line end is CRLF. */
export function formDataBody(form: FormDataLike): RequestBody {
  return multipart(
    Array.from(form.entries(), ([name, value]) => ({
      name: lineEnds(name),
      body: typeof value === 'string' ? lineEnds(value) : value,
    })),
  )
}

function lineEnds(text: string): string {
  return text.replaceAll(/\r\n|\r|\n/g, '\r\n')
}
