import type { HeaderList } from '@halyard/core'
import { decodeSettings, type DecodeOptions, type DecodeSettings } from './decode-options.ts'

const field = 'accept-encoding'

/**
 * What `decodeContent` with these options sends as `accept-encoding`; `undefined` where it sends none of its own. A client
 * that has it among its default headers pays nothing for it on a call.
 *
 * @throws ConfigError
 */
export function acceptEncoding(options: DecodeOptions = {}): string | undefined {
  return listOf(decodeSettings(options))
}

function listOf({ accept }: DecodeSettings): string | undefined {
  return typeof accept === 'object' ? accept.send : undefined
}

/** Makes `accept-encoding` say what is wanted. `defaults` is what the client says, which the headers may have already. */
export function withAcceptEncoding(headers: HeaderList, wanted: DecodeSettings, defaults: DecodeSettings): HeaderList {
  if (wanted.accept === 'remove') return headers.without(field)
  const known = headers.get(field)
  // What the caller set goes first.
  if (known !== undefined && known !== listOf(defaults)) return headers
  if (wanted.accept === 'keep') return headers.without(field)
  // A range is of the encoded bytes, and cannot be decoded alone. As the Fetch standard has it.
  const value = headers.has('range') ? 'identity' : wanted.accept.send
  return known === value ? headers : headers.with(field, value)
}
