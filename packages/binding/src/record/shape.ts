/** A value of an `enum` or `const`. */
export type Literal = string | number | boolean | bigint

/** What a schema takes, as far as it says so: the union of everything that is listed here. */
export interface Shape {
  /** Nothing is known: values stay as they are. */
  readonly any: boolean
  readonly text: boolean
  readonly number: boolean
  readonly bigint: boolean
  readonly boolean: boolean
  readonly date: boolean
  /** Takes `null`. */
  readonly nil: boolean
  /** Literals by their text; of two with the same text the string. */
  readonly literals: ReadonlyMap<string, Literal>
  readonly objects: readonly ObjectShape[]
  readonly arrays: readonly ArrayShape[]
}

export interface ObjectShape {
  readonly fields: ReadonlyMap<string, Field>
  /** Names that match have this shape. */
  readonly patterns: readonly PatternField[]
  /** The shape of all other fields; `undefined` where there must be none. */
  readonly rest: LazyShape | undefined
}

export interface Field {
  readonly required: boolean
  readonly shape: LazyShape
}

export interface PatternField {
  readonly pattern: RegExp
  readonly shape: LazyShape
}

export interface ArrayShape {
  /** Shapes by position. */
  readonly prefix: readonly LazyShape[]
  /** The shape of all items after them; `undefined` where there must be none. */
  readonly rest: LazyShape | undefined
}

/** A shape that is made when it is asked for, and once: schemas may contain themselves. */
export class LazyShape {
  #make: (() => Shape) | undefined
  #shape: Shape | undefined

  constructor(make: () => Shape) {
    this.#make = make
  }

  get(): Shape {
    if (this.#shape === undefined) {
      // A shape that is asked for while it is made depends on nothing but itself.
      this.#shape = anything
      const make = this.#make
      this.#make = undefined
      if (make !== undefined) this.#shape = make()
    }
    return this.#shape
  }
}

const noLiterals: ReadonlyMap<string, Literal> = new Map()

/** Takes no value at all. */
export const nothing: Shape = {
  any: false,
  text: false,
  number: false,
  bigint: false,
  boolean: false,
  date: false,
  nil: false,
  literals: noLiterals,
  objects: [],
  arrays: [],
}

/** Takes everything. */
export const anything: Shape = { ...nothing, any: true }

export const lazyAnything: LazyShape = new LazyShape(() => anything)

/** Whether any text, number, boolean, date or literal is taken. */
export function takesScalar(shape: Shape): boolean {
  return shape.text || shape.number || shape.bigint || shape.boolean || shape.date || shape.literals.size > 0
}

/** The shape of a field; `undefined` where the object must not have it. */
export function fieldShape(object: ObjectShape, name: string): Shape | undefined {
  const field = object.fields.get(name)
  if (field !== undefined) return field.shape.get()
  for (const { pattern, shape } of object.patterns) if (pattern.test(name)) return shape.get()
  return object.rest?.get()
}

/** The shape of an item; `undefined` where the array must not have it. */
export function itemShape(array: ArrayShape, index: number): Shape | undefined {
  return (array.prefix[index] ?? array.rest)?.get()
}
