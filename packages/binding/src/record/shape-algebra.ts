import {
  anything,
  fieldShape,
  itemShape,
  LazyShape,
  nothing,
  type ArrayShape,
  type Field,
  type Literal,
  type ObjectShape,
  type Shape,
} from './shape.ts'

/** How many alternatives of objects an intersection of unions may have; with more nothing is known of them. */
const maxAlternatives = 64

/** Takes what any of them takes. */
export function unionOf(shapes: readonly Shape[]): Shape {
  const [first = nothing] = shapes
  if (shapes.length < 2) return first
  if (shapes.some((shape) => shape.any)) return anything
  const literals = new Map<string, Literal>()
  for (const shape of shapes) for (const literal of shape.literals.values()) addLiteral(literals, literal)
  return {
    any: false,
    text: shapes.some((shape) => shape.text),
    number: shapes.some((shape) => shape.number),
    bigint: shapes.some((shape) => shape.bigint),
    boolean: shapes.some((shape) => shape.boolean),
    date: shapes.some((shape) => shape.date),
    nil: shapes.some((shape) => shape.nil),
    literals,
    objects: shapes.flatMap((shape) => shape.objects),
    arrays: shapes.flatMap((shape) => shape.arrays),
  }
}

export function addLiteral(literals: Map<string, Literal>, literal: Literal): void {
  const text = String(literal)
  if (typeof literal === 'string' || !literals.has(text)) literals.set(text, literal)
}

/** Takes what both take. */
export function intersectionOf(left: Shape, right: Shape): Shape {
  if (left.any) return right
  if (right.any) return left
  if (left.objects.length * right.objects.length > maxAlternatives) return anything
  const literals = new Map<string, Literal>()
  for (const [text, literal] of left.literals) if (takesLiteral(right, literal)) literals.set(text, literal)
  for (const [text, literal] of right.literals) if (takesLiteral(left, literal)) literals.set(text, literal)
  return {
    any: false,
    text: left.text && right.text,
    number: left.number && right.number,
    bigint: left.bigint && right.bigint,
    boolean: left.boolean && right.boolean,
    date: left.date && right.date,
    nil: left.nil && right.nil,
    literals,
    objects: left.objects.flatMap((one) => right.objects.map((other) => objectOfBoth(one, other))),
    arrays: left.arrays.flatMap((one) => right.arrays.map((other) => arrayOfBoth(one, other))),
  }
}

function takesLiteral(shape: Shape, literal: Literal): boolean {
  if (shape.literals.get(String(literal)) === literal) return true
  switch (typeof literal) {
    case 'string':
      return shape.text
    case 'number':
      return shape.number
    case 'bigint':
      return shape.bigint
    default:
      return shape.boolean
  }
}

/** A field that either declares is known; others are refused where both refuse them, as schema libraries do it. */
function objectOfBoth(left: ObjectShape, right: ObjectShape): ObjectShape {
  const fields = new Map<string, Field>()
  for (const name of [...left.fields.keys(), ...right.fields.keys()]) {
    if (fields.has(name)) continue
    fields.set(name, {
      required: left.fields.get(name)?.required === true || right.fields.get(name)?.required === true,
      shape: lazyBoth(
        () => fieldShape(left, name),
        () => fieldShape(right, name),
      ),
    })
  }
  const rest =
    left.rest === undefined && right.rest === undefined
      ? undefined
      : lazyBoth(
          () => left.rest?.get(),
          () => right.rest?.get(),
        )
  return { fields, patterns: [...left.patterns, ...right.patterns], rest }
}

function arrayOfBoth(left: ArrayShape, right: ArrayShape): ArrayShape {
  const length = Math.max(left.prefix.length, right.prefix.length)
  const both = (index: number): LazyShape =>
    lazyBoth(
      () => itemShape(left, index),
      () => itemShape(right, index),
    )
  return {
    prefix: Array.from({ length }, (_value, index) => both(index)),
    rest: left.rest === undefined || right.rest === undefined ? undefined : both(length),
  }
}

function lazyBoth(left: () => Shape | undefined, right: () => Shape | undefined): LazyShape {
  return new LazyShape(() => intersectionOf(left() ?? anything, right() ?? anything))
}

const anyObjects = new WeakMap<readonly ObjectShape[], ObjectShape>()

/** One object shape for several: of a field all shapes, required where all require it. */
export function objectOfAny(objects: readonly ObjectShape[]): ObjectShape | undefined {
  if (objects.length < 2) return objects[0]
  const known = anyObjects.get(objects)
  if (known !== undefined) return known
  const fields = new Map<string, Field>()
  for (const name of objects.flatMap((object) => [...object.fields.keys()])) {
    if (fields.has(name)) continue
    fields.set(name, {
      required: objects.every((object) => object.fields.get(name)?.required === true),
      shape: lazyAny(() => objects.map((object) => fieldShape(object, name))),
    })
  }
  const closed = objects.every((object) => object.rest === undefined)
  const made: ObjectShape = {
    fields,
    patterns: objects.flatMap((object) => object.patterns),
    rest: closed ? undefined : lazyAny(() => objects.map((object) => object.rest?.get())),
  }
  anyObjects.set(objects, made)
  return made
}

const anyArrays = new WeakMap<readonly ArrayShape[], ArrayShape>()

/** One array shape for several: of an item all shapes. */
export function arrayOfAny(arrays: readonly ArrayShape[]): ArrayShape | undefined {
  if (arrays.length < 2) return arrays[0]
  const known = anyArrays.get(arrays)
  if (known !== undefined) return known
  const length = Math.max(...arrays.map((array) => array.prefix.length))
  const any = (index: number): LazyShape => lazyAny(() => arrays.map((array) => itemShape(array, index)))
  const made: ArrayShape = {
    prefix: Array.from({ length }, (_value, index) => any(index)),
    rest: arrays.every((array) => array.rest === undefined) ? undefined : any(length),
  }
  anyArrays.set(arrays, made)
  return made
}

function lazyAny(shapes: () => readonly (Shape | undefined)[]): LazyShape {
  return new LazyShape(() => {
    const known = shapes().filter((shape) => shape !== undefined)
    return known.length === 0 ? anything : unionOf(known)
  })
}
