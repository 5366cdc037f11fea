import type { Call, HttpRequest } from '@halyard/core'
import { givenUp } from '../outcome/index.ts'

/** A property and no set, so that errors of another copy of the package are known, too. */
const mark: unique symbol = Symbol.for('halyard.waited-for-permit')

/** The error of a call that was cancelled, or whose deadline came, while it waited for a permit. */
export function gaveUpWaiting(request: HttpRequest, call: Call): unknown {
  const error = givenUp(request, call)
  // The reason itself may belong to many calls.
  if (error !== call.reason && error instanceof Error) Object.defineProperty(error, mark, { value: true })
  return error
}

/** Whether the call ended in a queue of ours: that says nothing about the peer. */
export function waitedForPermit(error: unknown): boolean {
  return error instanceof Error && mark in error
}
