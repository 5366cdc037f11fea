import { ConfigError, headerList, type HeadersInit, type HttpRequest } from '@halyard/core'
import { guarded, integer, number, oneOf, optionObject, string, type OptionSpec } from '@halyard/core/options'
import type { Fault } from './fault.ts'

/** Which faults, how often, and for whom. */
export interface ChaosOptions {
  /** Share of the requests that get a fault, 0 to 1. @defaultValue 0.1 */
  readonly rate?: number | undefined
  /** One of them, by weight. */
  readonly faults: readonly Fault[]
  /** Which requests may get one. @defaultValue all */
  readonly when?: ((request: HttpRequest) => boolean) | undefined
  /** The same seed gives the same faults, request by request. @defaultValue the runtime's chance */
  readonly seed?: number | undefined
  /** Chance of one's own: 0 (included) to 1 (excluded). `seed` is not used then. */
  readonly random?: (() => number) | undefined
}

/** A fault as it is used. */
export interface FaultPlan {
  readonly weight: number
  readonly latencyMs: readonly [least: number, most: number] | undefined
  readonly status: number | undefined
  readonly headers: HeadersInit | undefined
  readonly body: string | undefined
  readonly error: Fault['error']
}

export interface ChaosSettings {
  readonly rate: number
  readonly faults: readonly FaultPlan[]
  readonly when: ((request: HttpRequest) => boolean) | undefined
  readonly seed: number | undefined
  readonly random: (() => number) | undefined
}

const isWhen = (value: unknown): value is (request: HttpRequest) => boolean => typeof value === 'function'
const isRandom = (value: unknown): value is () => number => typeof value === 'function'
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const ms = number({ min: 0, max: 2 ** 31 - 1 })

const latency: OptionSpec<readonly [number, number]> = (value, option) => {
  if (!isList(value)) return [ms(value, option), ms(value, option)]
  const [least, most] = [ms(value[0], `${option}[0]`), ms(value[1], `${option}[1]`)]
  if (value.length === 2 && least <= most) return [least, most]
  throw new ConfigError({ option, value, expected: 'milliseconds, or the least and the most of them' })
}

const isHeaders = (value: unknown): value is HeadersInit => typeof value === 'object' && value !== null
const headers: OptionSpec<HeadersInit> = (value, option) =>
  // Checked now, not at the request that gets it.
  headerList(guarded(isHeaders, 'header fields')(value, option))

const faultSpec = optionObject({
  weight: number({ min: 0 }),
  latencyMs: latency,
  status: integer({ min: 200, max: 599 }),
  headers,
  body: string,
  error: oneOf('connect', 'reset', 'lost', 'timeout'),
})

const fault: OptionSpec<FaultPlan> = (value, option) => {
  const given = faultSpec(value, option)
  const { latencyMs, status, error } = given
  if ((latencyMs ?? status ?? error) === undefined || (status !== undefined && error !== undefined)) {
    throw new ConfigError({ option, value, expected: 'latencyMs, status or error, and not both status and error' })
  }
  return { ...given, weight: given.weight ?? 1 }
}

const faults: OptionSpec<readonly FaultPlan[]> = (value, option) => {
  const list = guarded(isList, 'a list of faults')(value, option).map((one, index) => fault(one, `${option}[${index}]`))
  if (list.some(({ weight }) => weight > 0)) return list
  throw new ConfigError({ option, value, expected: 'at least one fault with a weight above 0' })
}

const optionsSpec = optionObject({
  rate: number({ min: 0, max: 1 }),
  faults,
  when: guarded(isWhen, 'a function'),
  seed: integer(),
  random: guarded(isRandom, 'a function'),
})

/** Checks the options and fills in the defaults. @throws ConfigError */
export function chaosSettings(options: unknown): ChaosSettings {
  const { rate, faults: list, when, seed, random } = optionsSpec(options, 'chaos')
  return { rate: rate ?? 0.1, faults: list ?? faults(list, 'chaos.faults'), when, seed, random }
}
