import { enoughSteps } from '../reading/quote.ts'

/**
 * Whether a JSON text may name a prototype: it holds the end of `"__proto__"` or `"prototype"`, or writes one of their
 * letters as an escape. No payload pays more than this search (`constructor` without `prototype` is data).
 */
export function mayNamePrototype(text: string): boolean {
  return names.test(text) || (text.includes('\\u00') && escapes.test(text))
}

const names = /_proto__"|prototype"/
/** Of each name a letter is `p`, `r`, `o`, `t`, `y`, `e` or `_`: 70, 72, 6f, 74, 79, 65, 5f. */
const escapes = /\\u00(?:5f|6[5f]|7[0249])/i

interface Level {
  readonly node: object
  /** The keys of an object; an array has its indexes. */
  readonly keys: readonly string[] | undefined
  next: number
}

export type KeyPath = readonly (string | number)[]

/**
 * Finds own `__proto__` keys, and `constructor` keys that hold a `prototype`, however deep (depth costs memory, not
 * stack). With `drop` they are taken out, else the end of the path to the first is returned.
 */
export function findPrototypeKey(value: unknown, drop: boolean): KeyPath | undefined {
  if (!isObject(value)) return undefined
  const levels: Level[] = []
  let node: object | undefined = value
  for (;;) {
    if (node !== undefined) {
      const bad = Array.isArray(node) ? undefined : prototypeKey(node, drop)
      if (bad !== undefined) return [...levels.slice(-enoughSteps).map(stepOf), bad]
      levels.push({ node, keys: Array.isArray(node) ? undefined : Object.keys(node), next: 0 })
    }
    const level = levels.at(-1)
    if (level === undefined) return undefined
    node = nextObject(level)
    if (node === undefined) levels.pop()
  }
}

function prototypeKey(node: object, drop: boolean): string | undefined {
  for (const key of ['__proto__', 'constructor']) {
    if (!Object.hasOwn(node, key)) continue
    const held: unknown = Reflect.get(node, key)
    if (key === 'constructor' && !(isObject(held) && Object.hasOwn(held, 'prototype'))) continue
    if (!drop) return key
    Reflect.deleteProperty(node, key)
  }
  return undefined
}

/** The next object or array that a level holds. */
function nextObject(level: Level): object | undefined {
  const { node, keys } = level
  const size = keys === undefined && Array.isArray(node) ? node.length : (keys?.length ?? 0)
  while (level.next < size) {
    const held: unknown = Reflect.get(node, keys?.[level.next] ?? level.next)
    level.next += 1
    if (isObject(held)) return held
  }
  return undefined
}

function stepOf({ keys, next }: Level): string | number {
  return keys?.[next - 1] ?? next - 1
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
