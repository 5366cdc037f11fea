import { guarded, integer, number, oneOf, optionObject, type OptionSpec } from '@halyard/core/options'
import type { RequestCoding } from './codec.ts'
import { contentCodings, type ContentCoding } from './content-coding.ts'

/**
 * What `accept-encoding` says. A list is sent in its order, unless the request has the field; `'always'` is the list of
 * all; `'auto'` leaves the request as it is; `'never'` and `false` take the field off.
 */
export type AcceptEncoding = readonly ContentCoding[] | 'auto' | 'always' | 'never' | false

/** How bodies are compressed and decoded. Answers are decoded whatever `accept` says. */
export interface CompressionOptions {
  /** @defaultValue `['zstd', 'br', 'gzip', 'deflate']` */
  readonly accept?: AcceptEncoding | undefined
  /** Compresses request bodies of 1 KiB and more. `false`: this call's is not. @defaultValue they are sent as they are */
  readonly request?: RequestCoding | false | undefined
  /** Decoded bytes of an answer, also of one that is read as a stream. @defaultValue no limit for streams */
  readonly maxDecodedBytes?: number | undefined
  /** Decoded bytes for each byte that came; only judged from 1 MiB on. @defaultValue 200 */
  readonly maxRatio?: number | undefined
  /** Codings of one answer, one inside of the other. @defaultValue 5 */
  readonly maxCodings?: number | undefined
}

/** Options of `decodeContent`. */
export interface DecodeOptions extends CompressionOptions {
  /** Decoded bytes of an answer that is read whole. @defaultValue 100 MiB */
  readonly maxBufferedBytes?: number | undefined
}

/** Per-call options. */
export interface DecodeCallOptions {
  /** What is given replaces the client's, the rest stands. */
  readonly compression: CompressionOptions
  readonly limits: {
    /** Decoded bytes of an answer that is read whole. */
    readonly bodyBytes?: number | undefined
    /** As `compression.maxRatio`, which goes first. */
    readonly decodedRatio?: number | undefined
  }
}

/** The options as they are used. */
export interface DecodeSettings {
  readonly accept: { readonly send: string } | 'keep' | 'remove'
  readonly request: RequestCoding | false
  readonly maxDecodedBytes: number
  readonly maxBufferedBytes: number
  readonly maxRatio: number
  readonly maxCodings: number
}

const all = contentCodings.join(', ')
const isCoding = (value: unknown): value is ContentCoding => contentCodings.some((coding) => coding === value)
const isCodings = (value: unknown): value is readonly ContentCoding[] =>
  Array.isArray(value) && value.length > 0 && value.every(isCoding)
const codings = guarded(isCodings, "'auto', 'always', 'never', false or a list of 'zstd', 'br', 'gzip' and 'deflate'")
const accept: OptionSpec<DecodeSettings['accept']> = (value, option) => {
  if (value === 'auto') return 'keep'
  if (value === 'never' || value === false) return 'remove'
  return { send: value === 'always' ? all : codings(value, option).join(', ') }
}
const requestCoding = oneOf('gzip', 'br', 'zstd')
const request: OptionSpec<RequestCoding | false> = (value, option) =>
  value === false ? false : requestCoding(value, option)
const bytes = integer({ min: 0 })
const ratio = number({ min: 1 })
const anything = (value: unknown): unknown => value

const callTable = {
  accept,
  request,
  maxDecodedBytes: bytes,
  maxRatio: ratio,
  maxCodings: integer({ min: 0 }),
}
const compressionSpec = optionObject(callTable)
const decodeSpec = optionObject({ ...callTable, maxBufferedBytes: bytes })
/** The others are the transport's. */
const limitsSpec = optionObject({ bodyBytes: bytes, decodedRatio: ratio, interimResponses: anything })

/** Checks the options, and fills in the defaults. @throws ConfigError */
export function decodeSettings(options: unknown): DecodeSettings {
  const given = decodeSpec(options, 'compression')
  return {
    accept: given.accept ?? { send: all },
    request: given.request ?? false,
    maxDecodedBytes: given.maxDecodedBytes ?? Infinity,
    maxBufferedBytes: given.maxBufferedBytes ?? 104_857_600,
    maxRatio: given.maxRatio ?? 200,
    maxCodings: given.maxCodings ?? 5,
  }
}

/** The client's settings, or a copy with what this call says of its own. @throws ConfigError */
export function callSettings(settings: DecodeSettings, options: Readonly<Record<string, unknown>>): DecodeSettings {
  const compression = Object.hasOwn(options, 'compression') ? options['compression'] : undefined
  const limits = Object.hasOwn(options, 'limits') ? options['limits'] : undefined
  if (compression === undefined && limits === undefined) return settings
  const own = compression === undefined ? undefined : compressionSpec(compression, 'compression')
  const ownLimits = limits === undefined ? undefined : limitsSpec(limits, 'limits')
  return {
    accept: own?.accept ?? settings.accept,
    request: own?.request ?? settings.request,
    maxDecodedBytes: own?.maxDecodedBytes ?? settings.maxDecodedBytes,
    maxBufferedBytes: ownLimits?.bodyBytes ?? settings.maxBufferedBytes,
    maxRatio: own?.maxRatio ?? ownLimits?.decodedRatio ?? settings.maxRatio,
    maxCodings: own?.maxCodings ?? settings.maxCodings,
  }
}
