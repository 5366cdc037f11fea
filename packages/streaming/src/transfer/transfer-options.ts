import type { Call } from '@halyard/core'
import { guarded, integer, oneOf, optionObject } from '@halyard/core/options'
import type { ProgressListener } from '../progress/transfer-progress.ts'

/**
 * How a request body of unknown length is sent. `auto`: as it is, in chunks over HTTP/1.1. `always`: no length is told,
 * but for a body without bytes. `never`: it is read into memory first, and its length told.
 */
export type Chunking = 'auto' | 'always' | 'never'

/** The same for every call. */
export interface TransferOptions {
  /** @defaultValue 'auto' */
  readonly chunking?: Chunking | undefined
  /**
   * Bytes that are held in memory: of a request body with `chunking: 'never'`, and of a response body that is counted or
   * braked and read as one. A call's `limits.bodyBytes` goes before it for the response. @defaultValue 100 MiB
   */
  readonly maxBufferedBytes?: number | undefined
}

/** Per-request options of {@link transfer}. */
export interface TransferCallOptions {
  /** Told as the socket takes the request body. What it throws fails the call. */
  readonly onUploadProgress: ProgressListener
  /** Told as the response body is read. What it throws fails the reading. */
  readonly onDownloadProgress: ProgressListener
  /** Bytes a second that the bodies of this attempt take at most: `up` the request's, `down` the response's. */
  readonly rateBytesPerSecond: { readonly up?: number | undefined; readonly down?: number | undefined }
  /** For this call, instead of the client's. */
  readonly chunking: Chunking
}

/** What is to be done for one call. */
export interface TransferPlan {
  readonly onUpload: ProgressListener | undefined
  readonly onDownload: ProgressListener | undefined
  readonly up: number | undefined
  readonly down: number | undefined
  readonly chunking: Chunking
  readonly maxBufferedBytes: number
  /** Of a response body that is read as one. */
  readonly maxBodyBytes: number
}

const chunking = oneOf('auto', 'always', 'never')
const bytes = integer({ min: 0 })
const listener = guarded(
  (value): value is ProgressListener => typeof value === 'function',
  'a function that takes the progress',
)
const readOptions = optionObject({ chunking, maxBufferedBytes: bytes })
const readRates = optionObject({ up: integer({ min: 1 }), down: integer({ min: 1 }) })

export interface TransferDefaults {
  readonly chunking: Chunking
  readonly maxBufferedBytes: number
}

/** @throws ConfigError for an unknown option, or a value that is none of its own. */
export function transferDefaults(options: TransferOptions): TransferDefaults {
  const given = readOptions(options, '')
  return { chunking: given.chunking ?? 'auto', maxBufferedBytes: given.maxBufferedBytes ?? 104_857_600 }
}

/**
 * What a call asks for; `undefined` where that is nothing.
 * @throws ConfigError
 */
export function transferPlan(options: Call['options'], defaults: TransferDefaults): TransferPlan | undefined {
  const own = (name: keyof TransferCallOptions | 'limits'): unknown =>
    Object.hasOwn(options, name) ? options[name] : undefined
  const given = <T>(name: keyof TransferCallOptions, read: (value: unknown, option: string) => T): T | undefined => {
    const value = own(name)
    return value === undefined ? undefined : read(value, name)
  }
  const rates = given('rateBytesPerSecond', readRates)
  const plan: TransferPlan = {
    onUpload: given('onUploadProgress', listener),
    onDownload: given('onDownloadProgress', listener),
    up: rates?.up,
    down: rates?.down,
    chunking: given('chunking', chunking) ?? defaults.chunking,
    maxBufferedBytes: defaults.maxBufferedBytes,
    maxBodyBytes: bodyBytes(own('limits')) ?? defaults.maxBufferedBytes,
  }
  return plan.chunking === 'auto' && !carriesUp(plan) && !carriesDown(plan) ? undefined : plan
}

/** Whether the request body is counted or braked. */
export function carriesUp({ onUpload, up }: TransferPlan): boolean {
  return onUpload !== undefined || up !== undefined
}

/** Whether the response body is counted or braked. */
export function carriesDown({ onDownload, down }: TransferPlan): boolean {
  return onDownload !== undefined || down !== undefined
}

/** The other limits are other layers' to check. */
function bodyBytes(limits: unknown): number | undefined {
  if (typeof limits !== 'object' || limits === null) return undefined
  const given: unknown = Object.getOwnPropertyDescriptor(limits, 'bodyBytes')?.value
  return given === undefined ? undefined : bytes(given, 'limits.bodyBytes')
}
