import type { RecordReadOptions, Schema, Source } from '@halyard/binding/record'
import { decodeText } from '@halyard/binding/text'
import type { XmlRecordsOptions, XmlValue } from '@halyard/binding/xml'
import type { HeaderList, MediaType } from '@halyard/core'
import type { Part, SavedPart } from '@halyard/multipart'
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { MadeParts } from './made-parts.ts'
import { PartSource } from './part-source.ts'
import { readValue, type ValueFormat } from './read-value.ts'
import { nodeStream, webStream } from './streams.ts'
import { ValueReaders, type ReaderOptions } from './value-readers.ts'
import { xmlRecordStream } from './xml-record-stream.ts'

/** What the parts of a response know of it. */
export interface PartContext {
  readonly answer: Source
  readonly binding: RecordReadOptions | undefined
}

/**
 * A part of a multipart response, with the readers of a response: one of them, once, and before the next part is taken.
 * Of `bodyParts()` each may be read again and again. `binding` holds for parts, too, and errors say which part it was.
 */
export class ClientPart extends ValueReaders implements Part {
  readonly #part: Part
  readonly #context: PartContext
  readonly #place: readonly number[]

  /** @internal */
  constructor(part: Part, context: PartContext, place: readonly number[]) {
    super()
    this.#part = part
    this.#context = context
    this.#place = place
  }

  get headers(): HeaderList {
    return this.#part.headers
  }

  /** The field of a form. */
  get name(): string | undefined {
    return this.#part.name
  }

  /** The last component of the path that the sender gave. Still a stranger's text. */
  get filename(): string | undefined {
    return this.#part.filename
  }

  /** The parsed content type; `undefined` where there is none. */
  get mediaType(): MediaType | undefined {
    return this.#part.mediaType
  }

  /** `content-disposition`, parsed; `undefined` where there is none, or it says nothing. */
  get disposition(): Part['disposition'] {
    return this.#part.disposition
  }

  /** `content-id` without its angle brackets. */
  get contentId(): string | undefined {
    return this.#part.contentId
  }

  /** Which bytes these are, in `multipart/byteranges`. */
  get contentRange(): Part['contentRange'] {
    return this.#part.contentRange
  }

  /** Whether the others belong to it (`multipart/related`): the one that `start` names, or the first. */
  get isRoot(): boolean {
    return this.#part.isRoot
  }

  protected override async readAs(
    format: ValueFormat,
    schema: Schema | undefined,
    options: ReaderOptions | undefined,
  ): Promise<unknown> {
    const bytes = await this.#part.bytes()
    return await readValue(format, bytes, this.#source, this.headers, schema, this.#context.binding, options)
  }

  xmlRecords(path: string, schema?: undefined, options?: XmlRecordsOptions): AsyncIterable<XmlValue>
  xmlRecords<Output>(path: string, schema: Schema<Output>, options?: XmlRecordsOptions): AsyncIterable<Output>
  /** The elements at `path` one after the other, of a document of any length: see `xmlRecords` of a response. */
  xmlRecords(path: string, schema?: Schema, options?: XmlRecordsOptions): AsyncIterable<unknown> {
    return xmlRecordStream(() => this.#part.stream(), path, schema, this.#source, this.#context.binding, options)
  }

  /** The content as text, by its byte order mark or its charset, else as UTF-8. @throws MultipartError, DecodeError */
  async text(): Promise<string> {
    return decodeText(await this.#part.bytes(), this.#source)
  }

  /** The whole content; at most `maxPartBytes`, which is 100 MiB unless it is given. @throws MultipartError */
  bytes(): Promise<Uint8Array> {
    return this.#part.bytes()
  }

  /** The content as it comes. Leaving the loop leaves the rest of this part, not the message. */
  stream(): AsyncIterable<Uint8Array> {
    return this.#part.stream()
  }

  /** The content as a WHATWG stream. */
  toWeb(): ReadableStream<Uint8Array> {
    return webStream(this.stream())
  }

  /** The content as a Node stream. */
  toNode(): Readable {
    return nodeStream(this.stream())
  }

  /**
   * Writes the content to a file, under a temporary name until it is whole. The path is yours to choose.
   * @throws MultipartError, BodyError with code `file` where the file system refuses.
   */
  saveTo(path: string | URL): Promise<SavedPart> {
    return this.#part.saveTo(path)
  }

  /** Skips the content. Never throws. */
  discard(): Promise<void> {
    return this.#part.discard()
  }

  /** The parts of a part that is a multipart message itself, at most `maxDepth` deep. @throws MultipartError */
  parts(): AsyncIterableIterator<ClientPart> {
    return clientParts(this.#part.parts(), this.#context, this.#place)
  }

  get #source(): PartSource {
    const { answer, binding } = this.#context
    return new PartSource(this.#part, answer, this.#place, binding?.excerptBytes !== 0)
  }
}

/** The parts of a message as they come; `outer` is where the message is, by the index of each part that it is in. */
export function clientParts(
  parts: AsyncIterable<Part>,
  context: PartContext,
  outer: readonly number[] = [],
): AsyncIterableIterator<ClientPart> {
  return new MadeParts(parts, (part, index) => new ClientPart(part, context, [...outer, index]))
}
