import { ConfigError, type CertificateFacts } from '@halyard/core'
import { boolean, guarded, optionObject, type OptionSpec } from '@halyard/core/options'

/** A connection whose keys are none of those that were pinned. */
export interface PinReport {
  readonly host: string
  readonly certificate: CertificateFacts
  /** The pin of the server's key, as one would write it. */
  readonly seen: string
}

export interface PinOptions {
  /** `sha256/` and the digest of the public key (SPKI) in Base64. More than one: those to come, for a change of keys. */
  readonly pins: readonly string[]
  /** Tells, and goes on. @defaultValue false */
  readonly reportOnly?: boolean | undefined
  /** Told of each connection without a pinned key, also of one that is refused. */
  readonly onReport?: ((report: PinReport) => void) | undefined
}

/** Pins as they are compared. */
export interface Pins {
  readonly digests: readonly Buffer[]
  readonly reportOnly: boolean
  readonly onReport: ((report: PinReport) => void) | undefined
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isReporter = (value: unknown): value is (report: PinReport) => void => typeof value === 'function'
const expected = 'sha256/ and a SHA-256 digest in Base64, 44 characters of it'

const digests: OptionSpec<readonly Buffer[]> = (value, option) => {
  const list = guarded(isList, 'a list of pins')(value, option)
  // None would mean that everything is refused, or nothing: neither is what was meant.
  if (list.length === 0) throw new ConfigError({ option, value: list, expected: 'at least one pin' })
  return list.map((pin, index) => digest(pin, `${option}[${index}]`))
}

const table = optionObject({
  pins: digests,
  reportOnly: boolean,
  onReport: guarded(isReporter, 'a function'),
})

/** A list of pins, or an object with them. @throws ConfigError */
export const pinSpec: OptionSpec<Pins> = (value, option) => {
  if (Array.isArray(value)) return { digests: digests(value, option), reportOnly: false, onReport: undefined }
  const own = table(value, option)
  if (own.pins === undefined)
    throw new ConfigError({ option: `${option}.pins`, value: undefined, expected: 'a list of pins' })
  return { digests: own.pins, reportOnly: own.reportOnly ?? false, onReport: own.onReport }
}

function digest(pin: unknown, option: string): Buffer {
  const text =
    typeof pin === 'string' ? /^sha256\/(?<digest>[A-Za-z0-9+/]{43}=)$/.exec(pin)?.groups?.['digest'] : undefined
  if (text === undefined) throw new ConfigError({ option, value: pin, expected })
  return Buffer.from(text, 'base64')
}
