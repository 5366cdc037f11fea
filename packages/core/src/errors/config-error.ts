import { HttpError } from './http-error.ts'

export interface ConfigFault {
  /** The option's path, e.g. `pool.maxConnections`. */
  readonly option: string
  readonly value: unknown
  readonly expected: string
  readonly hint?: string
}

/** A wrong option or argument. Nothing was sent. */
export class ConfigError extends HttpError {
  readonly code = 'config'
  readonly option: string
  readonly expected: string

  constructor(fault: ConfigFault) {
    const hint = fault.hint === undefined ? '' : `; ${fault.hint}`
    super(`${fault.option}: expected ${fault.expected}, got ${show(fault.value)}${hint}`, { sent: 'no', target: '' })
    this.option = fault.option
    this.expected = fault.expected
  }
}

/** A value in a few words; objects by their kind alone, for they may hold secrets. */
function show(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 80 ? `${JSON.stringify(value.slice(0, 80))}…` : JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value)
  if (Array.isArray(value)) return `an array of ${value.length}`
  const prototype: unknown = Object.getPrototypeOf(value)
  const maker: unknown = prototype === null || prototype === Object.prototype ? undefined : value.constructor
  const kind = typeof maker === 'function' && maker.name !== '' ? maker.name : 'object'
  return `an ${kind}`.replace(/^an (?=[^aeiou])/i, 'a ')
}
