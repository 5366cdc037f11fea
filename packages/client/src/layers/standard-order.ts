/**
 * The facade's order, outermost first. A layer that is not configured is not in the chain; `describe()` lists those
 * that are. Default headers are no layer: they are merged once per client, where a request is made.
 */
export const standardOrder = ['use.call', 'deadline', 'attempt-timeout', 'use.attempt', 'transport'] as const
