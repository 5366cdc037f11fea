import { objectOfAny } from './shape-algebra.ts'
import type { ObjectShape, Shape } from './shape.ts'

/** How alternatives are told apart; it differs between text and values, and for lax binding. */
export interface Choice {
  /** Whether a value can be what a field with literals wants. */
  readonly fits: (value: unknown, shape: Shape) => boolean
  /** Whether a field of this shape may be absent although it is required. */
  readonly mayLack: (shape: Shape) => boolean
  /** Whether a field that a closed record does not know speaks against it. */
  readonly mustKnow: (name: string) => boolean
}

/**
 * The alternative of a union that an object is: first by its literals (`type: 'a'`), then by the fields that it must
 * have, then by those that it must not have. Where several are left, a shape that has the fields of all of them.
 */
export function chooseObject(shape: Shape, value: object, choice: Choice): ObjectShape | undefined {
  const { objects } = shape
  if (objects.length < 2) return objects[0]
  const byLiterals = narrow(objects, (object) => hasLiterals(object, value, choice))
  const byRequired = narrow(byLiterals, (object) => hasRequired(object, value, choice))
  return objectOfAny(narrow(byRequired, (object) => knowsAll(object, value, choice)))
}

/** A step that leaves nothing decides nothing. */
function narrow(objects: readonly ObjectShape[], test: (object: ObjectShape) => boolean): readonly ObjectShape[] {
  if (objects.length < 2) return objects
  const left = objects.filter((object) => test(object))
  return left.length === 0 || left.length === objects.length ? objects : left
}

function hasLiterals(object: ObjectShape, value: object, choice: Choice): boolean {
  for (const [name, field] of object.fields) {
    if (!Object.hasOwn(value, name)) continue
    const shape = field.shape.get()
    if (shape.literals.size > 0 && !choice.fits(Reflect.get(value, name), shape)) return false
  }
  return true
}

function hasRequired(object: ObjectShape, value: object, choice: Choice): boolean {
  for (const [name, field] of object.fields) {
    if (field.required && !Object.hasOwn(value, name) && !choice.mayLack(field.shape.get())) return false
  }
  return true
}

function knowsAll(object: ObjectShape, value: object, choice: Choice): boolean {
  if (object.rest !== undefined) return true
  return Object.keys(value).every((name) => isKnown(object, name) || !choice.mustKnow(name))
}

/** Whether a closed record has a place for a name. */
export function isKnown(object: ObjectShape, name: string): boolean {
  return object.fields.has(name) || object.patterns.some(({ pattern }) => pattern.test(name))
}
