/**
 * Header fields in order, case-insensitive by name, several values a name allowed (RFC 9110 §5).
 * Immutable: `with`, `append` and `without` return a new list.
 */
export interface HeaderList extends Iterable<readonly [name: string, value: string]> {
  /** The first value of a field, or `undefined`. */
  get(name: string): string | undefined
  /** All values of a field, in order. */
  getAll(name: string): readonly string[]
  has(name: string): boolean
  /** Replaces every value of a field by one; a field that was absent is added at the end. */
  with(name: string, value: string): HeaderList
  /** Adds one more value at the end. */
  append(name: string, value: string): HeaderList
  without(name: string): HeaderList
  /** Name, value, name, value …: what a transport writes. Not to be changed. */
  toFlat(): readonly string[]
}
