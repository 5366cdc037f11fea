import type { HttpResponse } from '@halyard/core'
import { isCoded } from './content-facts.ts'
import { parseContentRange, parseUnsatisfiedRange } from './content-range.ts'
import type { PartFacts } from './sidecar.ts'
import { confirms, contradicts, strongValidator, type Validator } from './validator.ts'

/** What was asked for by `range`. */
export interface AskedRange {
  readonly first: number
  /** Not included; `undefined` for all that follows. */
  readonly end: number | undefined
}

/** What an answer to a `range` is good for. */
export type RangeAnswer =
  /** The bytes that were asked for, or the first of them. */
  | {
      readonly kind: 'part'
      readonly end: number
      readonly totalBytes: number
      readonly validator: Validator | undefined
    }
  /** Nothing follows what was there. */
  | { readonly kind: 'complete' }
  /** Everything, from the beginning on; or a status that is an error. */
  | { readonly kind: 'whole' }
  /** Nothing: the file is to be asked for without a range. */
  | { readonly kind: 'useless' }

const useless = { kind: 'useless' } as const

/** Judges the answer to a `range`, of which with `known` more than the range must fit (RFC 9110 §15.3.7, §15.5.17). */
export function judgeRange(response: HttpResponse, asked: AskedRange, known: PartFacts | undefined): RangeAnswer {
  if (response.status === 206) return judgePart(response, asked, known)
  if (response.status !== 416) return { kind: 'whole' }
  if (known === undefined || known.totalBytes !== undefined) return useless
  const { headers } = response
  // Where the length was not known, this is how the end is found.
  const isEnd = parseUnsatisfiedRange(headers.get('content-range')) === asked.first
  return isEnd && !contradicts(headers, known.validator) ? { kind: 'complete' } : useless
}

function judgePart(response: HttpResponse, asked: AskedRange, known: PartFacts | undefined): RangeAnswer {
  const { headers } = response
  const fields = headers.getAll('content-range')
  const range = fields.length === 1 ? parseContentRange(fields[0]) : undefined
  if (range === undefined || isCoded(response)) return useless
  const end = range.last + 1
  const totalBytes = range.total ?? known?.totalBytes
  if (range.first !== asked.first || end > (asked.end ?? Infinity)) return useless
  if (totalBytes === undefined || end > totalBytes || totalBytes !== (known?.totalBytes ?? totalBytes)) return useless
  if (known !== undefined) {
    return confirms(headers, known.validator) ? { kind: 'part', end, totalBytes, validator: known.validator } : useless
  }
  const validator = strongValidator(headers)
  // Without one, what follows could be of other bytes; but where nothing does, no matter.
  if (validator === undefined && !(asked.first === 0 && end === totalBytes)) return useless
  return { kind: 'part', end, totalBytes, validator }
}
