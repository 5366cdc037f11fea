/**
 * The facade's order, outermost first. `describe()` lists what is in the chain of a client. The two time limits always are,
 * for a call may have its own. Default headers are no layer: they are merged once per client, where a request is made.
 */
export const standardOrder = [
  'use.call',
  'fallback',
  'deadline',
  'decode-content',
  'retry',
  'hedge',
  'balance',
  'breaker',
  'rate-limit',
  'bulkhead',
  'adaptive-limit',
  'attempt-timeout',
  'use.attempt',
  'auth',
  'transfer',
  'transport',
] as const
