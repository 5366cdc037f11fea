import type { HeaderList } from '@halyard/core'
import { knownKind, type Component } from './component.ts'
import { dictionaryOf, strictField, type StructuredKind } from './structured-field.ts'

/** What values of components are taken from: a request before it is sent. */
export interface SignedMessage {
  readonly method: string
  readonly origin: string
  readonly path: string
  readonly headers: HeaderList
}

export type Structures = Readonly<Record<string, StructuredKind>>

/** The value of a component in a signature base (RFC 9421 §2), or in words why there is none. */
export type ComponentValue = { readonly value: string } | { readonly fault: string }

export function componentValue(component: Component, message: SignedMessage, structures: Structures): ComponentValue {
  const { name } = component
  return name.startsWith('@') ? derivedValue(component, message) : fieldValue(component, message.headers, structures)
}

function derivedValue({ name, parameter }: Component, message: SignedMessage): ComponentValue {
  const { method, origin, path, headers } = message
  const at = path.indexOf('?')
  const location = at === -1 ? path : path.slice(0, at)
  switch (name) {
    case '@method':
      return { value: method }
    case '@target-uri':
      return { value: origin + path }
    case '@authority':
      return { value: authority(headers.get('host'), origin) }
    case '@scheme':
      return { value: origin.slice(0, origin.indexOf(':')).toLowerCase() }
    case '@request-target':
      return { value: path }
    case '@path':
      return { value: location === '' ? '/' : location }
    case '@query':
      return { value: at === -1 ? '?' : path.slice(at) }
    default:
      return queryParameter(at === -1 ? '' : path.slice(at), parameter ?? '')
  }
}

/** In lower case, without the scheme's own port. */
function authority(host: string | undefined, origin: string): string {
  const start = origin.indexOf('//') + 2
  const own = (host ?? origin.slice(start)).toLowerCase()
  const usual = origin.startsWith('https:') ? ':443' : ':80'
  return own.endsWith(usual) ? own.slice(0, -usual.length) : own
}

function queryParameter(query: string, wanted: string): ComponentValue {
  const values: string[] = []
  for (const [name, value] of new URLSearchParams(query)) if (formEncode(name) === wanted) values.push(value)
  const [value] = values
  if (value === undefined) return { fault: 'the query has no such parameter' }
  // RFC 9421 §2.2.8: which of several is meant cannot be said.
  return values.length > 1 ? { fault: 'the query has several parameters of this name' } : { value: formEncode(value) }
}

/** Percent-encoded as forms are, with `%20` for a space (RFC 9421 §2.2.8). */
export function formEncode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function fieldValue(
  { name, key, strict, binary }: Component,
  headers: HeaderList,
  structures: Structures,
): ComponentValue {
  const values = headers.getAll(name).map((value) => value.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
  if (values.length === 0) return { fault: 'the request has no such field' }
  if (binary) return { value: values.map((value) => `:${Buffer.from(value, 'latin1').toString('base64')}:`).join(', ') }
  const combined = values.join(', ')
  if (!/^[\t\x20-\x7e]*$/.test(combined)) return { fault: 'a value beyond ASCII can be covered with bs only' }
  if (key !== undefined) {
    const member = dictionaryOf(combined)?.get(key)
    return member === undefined ? { fault: 'the field is no dictionary with such a member' } : { value: member }
  }
  if (!strict) return { value: combined }
  const kind = Object.hasOwn(structures, name) ? structures[name] : knownKind(name)
  const value = kind === undefined ? undefined : strictField(combined, kind)
  return value === undefined ? { fault: 'the field is no structured field of the kind it should be' } : { value }
}
