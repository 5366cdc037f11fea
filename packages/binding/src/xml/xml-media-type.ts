import { oneOf } from '@halyard/core/options'
import type { BindingOptions } from '../reading/binding-options.ts'
import { DecodeError } from '../reading/decode-error.ts'
import { ownOption } from '../reading/own-option.ts'
import type { Source } from '../reading/source.ts'
import { formatOf } from '../record/media.ts'

const mediaTypes = oneOf('lenient', 'strict')

/**
 * XML types (RFC 7303), `+xml` too, and none where types are not strict.
 * @throws DecodeError naming what was asked for and what came.
 */
export function checkXmlType(source: Source, options: BindingOptions): void {
  const { mediaType } = source
  if (formatOf(mediaType) === 'xml') return
  const none = mediaType === undefined || mediaType === ''
  if (none && ownOption(options, 'mediaTypes', mediaTypes) !== 'strict') return
  throw new DecodeError(source, `${none ? 'has no content type' : `is ${mediaType.slice(0, 100)}`}; asked for XML`)
}
