import { noHeaders, type HeaderList } from '@halyard/core'
import type { IncomingBody } from './incoming-body.ts'
import { ResponseFields, type FieldRecord } from './response-fields.ts'

/** The fields after a body (RFC 9110 §6.5), there once it has ended. */
export class Trailers {
  readonly #body: IncomingBody
  #record: FieldRecord | undefined

  constructor(body: IncomingBody) {
    this.#body = body
  }

  set(record: FieldRecord): void {
    this.#record = record
  }

  read(): Promise<HeaderList> {
    return new Promise((resolve, reject) => {
      this.#body.onSettled((error) => {
        if (error !== undefined) reject(error)
        else resolve(this.#record === undefined ? noHeaders : new ResponseFields(this.#record))
      })
    })
  }
}
