// A consumer whose package.json decides the module kind.
import { HttpError, TimeoutError, isHttpError, type ErrorCode } from '@halyard/core'
import { durationMs } from '@halyard/core/options'

export function describe(error: unknown): ErrorCode | undefined {
  if (error instanceof TimeoutError) return error.code
  return isHttpError(error) ? error.code : undefined
}

export const isBase: boolean = TimeoutError.prototype instanceof HttpError
export const check: unknown = durationMs
