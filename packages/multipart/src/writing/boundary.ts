import { randomBytes } from 'node:crypto'
import { ConfigError } from '@halyard/core'

/** RFC 2046 §5.1.1: 1 to 70 of these characters, the last one no space. */
const boundarySyntax = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/

/** 128 bits that nobody can foresee: it occurs in no content that was not made from it. */
export function newBoundary(): string {
  return `halyard-${randomBytes(16).toString('hex')}`
}

export function checkBoundary(boundary: string): string {
  if (boundarySyntax.test(boundary)) return boundary
  throw new ConfigError({
    option: 'boundary',
    value: boundary,
    expected: "1 to 70 letters, digits, spaces and '()+_,-./:=?, the last one no space",
  })
}
