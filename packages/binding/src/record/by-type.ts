import type { BindingOptions } from '../reading/binding-options.ts'
import { DecodeError } from '../reading/decode-error.ts'
import { givenOption } from './given-option.ts'
import type { Source } from '../reading/source.ts'
import { formatOf, type Format } from './media.ts'
import { shapeOf } from './schema-shape.ts'
import type { Schema } from './schema.ts'
import type { Shape } from './shape.ts'

/**
 * How a payload is decoded for a schema, by the content type of the response: JSON, XML and forms for records, text
 * for schemas that take text, bytes for those that say nothing about themselves. Without a content type it is text
 * for schemas that take text alone, else JSON.
 * @throws DecodeError for a type that is none of these, and for a combination that makes no sense, such as plain text
 * for a record; it names both.
 */
export function recordFormat(source: Source, schema: Schema, options: BindingOptions = {}): Format {
  const { mediaType } = source
  const shape = shapeOf(schema)
  if (mediaType === undefined || mediaType === '') {
    if (givenOption(options, 'mediaTypes') === 'strict') {
      throw new DecodeError(source, 'has no content type; asked for a record')
    }
    return shape !== undefined && takesText(shape) && !takesRecords(shape) ? 'text' : 'json'
  }
  const format = formatOf(mediaType)
  if (format === undefined) throw new DecodeError(source, `is ${mediaType.slice(0, 100)}; asked for a record`)
  if (shape !== undefined && !fits(format, shape)) {
    throw new DecodeError(source, `is ${mediaType.slice(0, 100)}; the schema wants ${describe(shape)}`)
  }
  return format
}

function fits(format: Format, shape: Shape): boolean {
  if (shape.any || format === 'json') return true
  if (format === 'bytes') return false
  return format === 'text' ? takesText(shape) : takesRecords(shape)
}

function takesText(shape: Shape): boolean {
  return shape.text || [...shape.literals.values()].some((literal) => typeof literal === 'string')
}

function takesRecords(shape: Shape): boolean {
  return shape.any || shape.objects.length > 0
}

function describe(shape: Shape): string {
  if (shape.objects.length > 0) return 'a record'
  if (shape.arrays.length > 0) return 'a list'
  if (takesText(shape)) return 'text'
  return shape.nil ? 'nothing' : 'a number, a boolean or the like'
}
