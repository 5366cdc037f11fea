import { ConfigError, isToken, type Middleware } from '@halyard/core'
import { number, oneOf, optionObject, type OptionSpec } from '@halyard/core/options'
import { formatTimeout, type TimeoutFormat } from './timeout-value.ts'

/** How the server is told how long the caller waits. */
export interface DeadlineHeaderOptions {
  /** `ms`: milliseconds as a number. `grpc`: a number and a unit, such as `1500m`. @defaultValue `'ms'` */
  readonly format?: TimeoutFormat | undefined
  /** The name of the field. @defaultValue `x-request-timeout-ms`, with `grpc` `grpc-timeout` */
  readonly header?: string | undefined
  /** Held back for the way there and back, milliseconds. @defaultValue 0 */
  readonly marginMs?: number | undefined
}

const defaultHeaders: Readonly<Record<TimeoutFormat, string>> = { ms: 'x-request-timeout-ms', grpc: 'grpc-timeout' }
const header: OptionSpec<string> = (value, option) => {
  if (typeof value === 'string' && isToken(value)) return value.toLowerCase()
  throw new ConfigError({ option, value, expected: 'the name of a header field' })
}
const optionsSpec = optionObject({
  format: oneOf('ms', 'grpc'),
  header,
  marginMs: number({ min: 0, max: 2 ** 31 - 1 }),
})

/**
 * Tells the server how long the caller still waits: what is left until the call's deadline, at each attempt anew. A server
 * that takes it over does no work that nobody waits for. Nothing is sent where the call has no deadline, or where the
 * caller set the field.
 *
 * @throws ConfigError
 */
export function deadlineHeader(options: DeadlineHeaderOptions = {}): Middleware {
  const { format = 'ms', header: own, marginMs = 0 } = optionsSpec(options, 'deadlineHeader')
  const name = own ?? defaultHeaders[format]
  return {
    name: 'deadline-header',
    wrap: (next, runtime) => (request, call) => {
      const { deadlineAt } = call
      if (deadlineAt === undefined || request.headers.has(name)) return next(request, call)
      const left = formatTimeout(deadlineAt - runtime.now() - marginMs, format)
      return next(request.with({ headers: request.headers.with(name, left) }), call)
    },
  }
}
