import type { ChunkTaker, HeaderList } from '@halyard/core'
import { DrainedChunks, type DrainableBody } from './drained-chunks.ts'
import { Ledger } from './ledger.ts'
import { PartIterator } from './part-iterator.ts'
import type { Part } from './part.ts'
import { limitsOf, maxHeld } from './limits.ts'
import type { MultipartReadOptions } from './read-options.ts'

/** What is used of a response. */
export interface MultipartResponse {
  readonly headers: HeaderList
  readonly body: {
    stream(): AsyncIterable<Uint8Array>
    discard(): Promise<void>
    /** Instead of `stream`, where there is a `content-length`: with it, large parts are saved faster. */
    drainTo?(take: ChunkTaker): Promise<void>
  }
  /** Names the response in errors, without its query. */
  readonly url?: URL
}

/**
 * The parts of a multipart response, as they come. Nothing is read before it is asked for; taking the next part skips what
 * is left of the last one; leaving the loop closes the exchange.
 *
 * @example
 * ```ts
 * for await (const part of readParts(response)) {
 *   if (part.name === 'report') await part.saveTo('report.pdf')
 * }
 * ```
 * @throws ConfigError for a wrong option, at once. The loop throws MultipartError for a message that is malformed, cut
 * short, or exceeds a limit, and what the response's body throws.
 */
export function readParts(response: MultipartResponse, options?: MultipartReadOptions): AsyncIterableIterator<Part> {
  return new PartIterator(sourceOf(response), new Ledger(limitsOf(options), targetOf(response)))
}

/** All parts of a multipart response in memory: each may be read again and again. */
export async function readAllParts(
  response: MultipartResponse,
  options?: MultipartReadOptions,
): Promise<readonly Part[]> {
  return await hold(new PartIterator(sourceOf(response), new Ledger(heldLimits(options), targetOf(response))))
}

/** The bytes of a message: all of them, or in chunks of any size. */
export type MultipartBytes = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** The parts of a message whose bytes come from anywhere: a stream of Node's or of the web, a generator, an array. */
export function parseParts(
  chunks: MultipartBytes,
  contentType: string | undefined,
  options?: MultipartReadOptions,
): AsyncIterableIterator<Part> {
  return new PartIterator({ chunks: () => asynchronous(chunks), contentType }, new Ledger(limitsOf(options), ''))
}

/** All parts of such a message in memory. */
export async function parseAllParts(
  chunks: MultipartBytes,
  contentType: string | undefined,
  options?: MultipartReadOptions,
): Promise<readonly Part[]> {
  const ledger = new Ledger(heldLimits(options), '')
  return await hold(new PartIterator({ chunks: () => asynchronous(chunks), contentType }, ledger))
}

/** The part that the others belong to, in a `multipart/related`; `undefined` where there is none. */
export function rootPart<SomePart extends Part>(parts: readonly SomePart[]): SomePart | undefined {
  return parts.find((part) => part.isRoot)
}

async function hold(iterator: PartIterator): Promise<readonly Part[]> {
  const parts: Part[] = []
  for await (const part of iterator) parts.push(iterator.hold(part, await part.bytes()))
  return parts
}

function heldLimits(options: MultipartReadOptions | undefined): ReturnType<typeof limitsOf> {
  const limits = limitsOf(options)
  return limits.maxTotalBytes === Infinity ? { ...limits, maxTotalBytes: maxHeld } : limits
}

function sourceOf(response: MultipartResponse): ConstructorParameters<typeof PartIterator>[0] {
  const { headers, body } = response
  return {
    contentType: headers.get('content-type'),
    // Without a length what is drained would be copied twice.
    chunks: () => (canDrain(body) && headers.has('content-length') ? drained(body) : body.stream()),
    drop: () => body.discard(),
  }
}

function canDrain(body: MultipartResponse['body']): body is MultipartResponse['body'] & DrainableBody {
  return body.drainTo !== undefined
}

function drained(body: DrainableBody): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => new DrainedChunks(body) }
}

function targetOf(response: MultipartResponse): string {
  return response.url === undefined ? '' : `${response.url.origin}${response.url.pathname}`
}

async function* fromIterable(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}

function asynchronous(chunks: MultipartBytes): AsyncIterable<Uint8Array> {
  if (chunks instanceof Uint8Array) return fromIterable([chunks])
  return Symbol.asyncIterator in chunks ? chunks : fromIterable(chunks)
}
