import type { Place } from './decode-error.ts'

/** Where an index of a text is: lines end with LF, CR or both, and a character may be two units of the string. */
export function placeAt(text: string, index: number): Place {
  let line = 1
  let start = 0
  for (const { 0: end, index: at } of text.slice(0, index).matchAll(/\r\n|\r|\n/g)) {
    line += 1
    start = at + end.length
  }
  return { line, column: characters(text, start, index) + 1 }
}

function characters(text: string, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at += 1) {
    count += 1
    if (isPair(text, at)) at += 1
  }
  return count
}

/** What is around an index of a text, at most `bytes` of it in UTF-8. */
export function excerptAt(text: string, index: number, bytes: number): string {
  const { right } = grow(text, index, index, 0, bytes - Math.floor(bytes / 2))
  const { left } = grow(text, index, right, bytes - sizeOf(text, index, right), 0)
  const end = grow(text, left, right, 0, bytes - sizeOf(text, left, right))
  return text.slice(left, end.right)
}

interface Span {
  readonly left: number
  readonly right: number
}

/** Moves the ends of a span outwards, by whole characters, by so many bytes at most. */
function grow(text: string, left: number, right: number, bytesLeft: number, bytesRight: number): Span {
  let [from, to] = [left, right]
  for (let spare = bytesLeft; from > 0;) {
    const start = from >= 2 && isPair(text, from - 2) ? from - 2 : from - 1
    spare -= sizeOf(text, start, from)
    if (spare < 0) break
    from = start
  }
  for (let spare = bytesRight; to < text.length;) {
    const end = isPair(text, to) ? to + 2 : to + 1
    spare -= sizeOf(text, to, end)
    if (spare < 0) break
    to = end
  }
  return { left: from, right: to }
}

function sizeOf(text: string, from: number, to: number): number {
  return Buffer.byteLength(text.slice(from, to))
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
}

/** A name of the peer's is shown up to here, and the last so many steps of a path. */
const maxName = 40
const maxSteps = 16

/** So many of the last steps of a path are enough for {@link quotePath}. */
export const enoughSteps: number = maxSteps + 1

/** A path for an error: its last steps, their names cut, which are at most `bytes` of the payload. */
export function quotePath(path: readonly PropertyKey[], bytes: number): readonly PropertyKey[] {
  let first = path.length
  let left = bytes
  const shown: PropertyKey[] = []
  while (first > 0 && shown.length < maxSteps) {
    const step = path[first - 1] ?? ''
    const name = typeof step === 'string' ? cut(step) : step
    if (typeof name === 'string') left -= Buffer.byteLength(name)
    if (left < 0) break
    shown.push(name)
    first -= 1
  }
  if (first > 0) shown.push('…')
  return shown.toReversed()
}

function cut(name: string): string {
  return name.length <= maxName ? name : `${name.slice(0, maxName)}…`.toWellFormed()
}
