/** A value that JSON cannot hold, and where it is. */
export interface Unwritable {
  readonly what: string
  readonly path: readonly (string | number)[]
}

/** Deeper than anything usual, and far from what the stack holds. */
const quickDepth = 100

/**
 * Whether {@link findUnwritable} has to look: a quick walk that every body pays for, a tenth of what it costs to write
 * it. A search of the text for `null` and `{}` would cost as much, and miss what is written as something else.
 */
export function mayBeUnwritable(value: unknown, depth = 0): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return false
    case 'number':
      return !Number.isFinite(value)
    case 'object':
      return value !== null && (depth > quickDepth || mayHoldUnwritable(value, depth + 1))
    default:
      return true
  }
}

function mayHoldUnwritable(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    // An iterator would cost more, and skips no holes either.
    for (let index = 0; index < value.length; index += 1) if (mayBeUnwritable(value[index], depth)) return true
    return false
  }
  if (value instanceof Date) return Number.isNaN(value.getTime())
  if (!isData(value) || typeof value['toJSON'] === 'function') return true
  // What a prototype has is looked at in vain, and faster than own keys alone.
  for (const key in value) {
    const member = value[key]
    if (member !== undefined && mayBeUnwritable(member, depth)) return true
  }
  return false
}

function isData(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.prototype.toString.call(value) === '[object Object]'
}

interface Level {
  readonly node: object
  /** The keys of an object; an array has its indexes. */
  readonly keys: readonly string[] | undefined
  next: number
}

/**
 * Finds the first value that `JSON.stringify` would replace in silence (by `null` or `{}`) or stumble over: numbers
 * that are not finite, invalid dates, Maps, Sets, promises and the like, bytes, what is no value inside of an array,
 * and an object that holds itself. Depth costs memory, not stack. What has a `toJSON` is not looked into.
 */
export function findUnwritable(value: unknown): Unwritable | undefined {
  const levels: Level[] = []
  const above = new Set<object>()
  let one: unknown = value
  for (;;) {
    const what = unwritable(one, levels.at(-1))
    if (what !== undefined) return { what, path: levels.map(stepOf) }
    if (isContainer(one)) {
      if (above.has(one)) return { what: 'an object that holds itself', path: levels.map(stepOf) }
      levels.push({ node: one, keys: Array.isArray(one) ? undefined : Object.keys(one), next: 0 })
      above.add(one)
    }
    let level = levels.at(-1)
    while (level !== undefined && level.next >= sizeOf(level)) {
      above.delete(level.node)
      levels.pop()
      level = levels.at(-1)
    }
    if (level === undefined) return undefined
    one = Reflect.get(level.node, level.keys?.[level.next] ?? level.next)
    level.next += 1
  }
}

/** Why JSON cannot hold a value, leaving aside what is inside of it. */
function unwritable(value: unknown, level: Level | undefined): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : String(value)
    case 'undefined':
    case 'function':
    case 'symbol':
      // Members of an object are left out; an array would have `null` there.
      return level !== undefined && level.keys !== undefined ? undefined : described(value)
    case 'object':
      return value === null ? undefined : oddKind(value)
    default:
      return undefined
  }
}

/** How a value without a JSON form is called. */
export function described(value: unknown): string {
  if (typeof value === 'undefined') return 'undefined'
  return typeof value === 'function' ? 'a function' : `a ${typeof value}`
}

function oddKind(value: object): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : undefined
  if (hasToJson(value) || Array.isArray(value)) return undefined
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (plainKinds.has(kind)) return undefined
  if (kind === 'Promise') return 'a Promise (is an `await` missing?)'
  // An object of a class that names itself is data, if it has any.
  const isBytes = ArrayBuffer.isView(value) || kind === 'ArrayBuffer'
  const isEmpty = kind === 'Error' || Object.keys(value).length === 0
  return isBytes || isEmpty ? `a value of kind ${kind}` : undefined
}

const plainKinds: ReadonlySet<string> = new Set(['Object', 'Arguments', 'Number', 'String', 'Boolean', 'BigInt'])

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !hasToJson(value)
}

function hasToJson(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}

function sizeOf({ node, keys }: Level): number {
  return keys === undefined && Array.isArray(node) ? node.length : (keys?.length ?? 0)
}

function stepOf({ keys, next }: Level): string | number {
  return keys?.[next - 1] ?? next - 1
}
