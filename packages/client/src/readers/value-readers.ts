import type { FormValue } from '@halyard/binding/form'
import type { Schema } from '@halyard/binding/record'
import type { XmlReadOptions, XmlValue } from '@halyard/binding/xml'
import type { ValueFormat } from './read-value.ts'

/** What a reader of XML may be told, beside what `binding` says. */
export type XmlReaderOptions = Pick<XmlReadOptions, 'root' | 'doctype' | 'namespaces' | 'maxExpansions'>

/** Binds the headers of the answer, too. */
export interface HeadersOption<Headers> {
  readonly headers: Schema<Headers>
}

/** All that a reader may be told. */
export interface ReaderOptions extends XmlReaderOptions {
  readonly headers?: Schema | undefined
}

/** Body and headers, both bound. */
export interface BoundAnswer<Body, Headers> {
  readonly body: Body
  readonly headers: Headers
}

/**
 * The readers that make a value of a whole body. Without a schema the value is `unknown`, or the plain tree of the
 * format. An empty body is `undefined` without a schema; with one it is what the schema makes of nothing.
 *
 * @throws DecodeError for what is not well-formed or of another type, with line, column and path where they are known;
 * ValidationError for what does not fit a schema; BodyError with code `no-content` where there is no body and the
 * schema wants one, `too-large` beyond a limit.
 */
export abstract class ValueReaders {
  /** Reads the whole body as `format`. */
  protected abstract readAs(
    format: ValueFormat,
    schema: Schema | undefined,
    options: ReaderOptions | undefined,
  ): Promise<unknown>

  json(): Promise<unknown>
  json<Output>(schema: Schema<Output>): Promise<Output>
  json<Output, Headers>(schema: Schema<Output>, options: HeadersOption<Headers>): Promise<BoundAnswer<Output, Headers>>
  /** The body as JSON (RFC 8259), validated where a schema is given. */
  json(schema?: Schema, options?: ReaderOptions): Promise<unknown> {
    return this.readAs('json', schema, options)
  }

  xml(schema?: undefined, options?: XmlReaderOptions): Promise<XmlValue | undefined>
  xml<Output, Headers>(
    schema: Schema<Output>,
    options: XmlReaderOptions & HeadersOption<Headers>,
  ): Promise<BoundAnswer<Output, Headers>>
  xml<Output>(schema: Schema<Output>, options?: XmlReaderOptions): Promise<Output>
  /**
   * The body as XML: an object whose only key is the root element, unless `root` takes it off. Attributes are keys with
   * `@` before them, text beside them is `#text`. What is text, a number or a list follows from the schema.
   */
  xml(schema?: Schema, options?: ReaderOptions): Promise<unknown> {
    return this.readAs('xml', schema, options)
  }

  form(): Promise<FormValue | undefined>
  form<Output>(schema: Schema<Output>): Promise<Output>
  form<Output, Headers>(schema: Schema<Output>, options: HeadersOption<Headers>): Promise<BoundAnswer<Output, Headers>>
  /** The body as a form. Names that repeat are lists; `a[b]=1` is nested where the schema has an object there. */
  form(schema?: Schema, options?: ReaderOptions): Promise<unknown> {
    return this.readAs('form', schema, options)
  }

  record<Output>(schema: Schema<Output>): Promise<Output>
  record<Output, Headers>(
    schema: Schema<Output>,
    options: XmlReaderOptions & HeadersOption<Headers>,
  ): Promise<BoundAnswer<Output, Headers>>
  record<Output>(schema: Schema<Output>, options: XmlReaderOptions): Promise<Output>
  /** The body as its content type says: JSON, XML, a form, or text for a schema that takes text. */
  record(schema: Schema, options?: ReaderOptions): Promise<unknown> {
    return this.readAs('record', schema, options)
  }
}
