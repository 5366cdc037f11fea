import { arrayOfAny } from './shape-algebra.ts'
import { fieldShape, itemShape, type ObjectShape, type Shape } from './shape.ts'

/** What a walk does: changes a value without looking into it, and picks the alternative that an object is. */
export interface Walker {
  readonly change: (value: unknown, shape: Shape) => unknown
  readonly choose: (value: object, shape: Shape) => ObjectShape | undefined
}

type Container = Record<string, unknown> | unknown[]

interface Visit {
  readonly value: unknown
  readonly shape: Shape
  readonly parent: Place | undefined
  readonly key: string | number
}

/** A container on the way down; it is copied when the first thing in it changes. */
interface Place {
  readonly original: Container
  copy: Container | undefined
  readonly parent: Place | undefined
  readonly key: string | number
}

/**
 * Walks a value and its shape together, from the outside in, and returns the changed value; what does not change is
 * shared, and the value itself stays as it was. Depth costs memory, not stack. What no shape is known of is not
 * looked into.
 */
export function walkShape(value: unknown, shape: Shape, walker: Walker): unknown {
  const root: Place = { original: [value], copy: undefined, parent: undefined, key: 0 }
  const visits: Visit[] = [{ value, shape, parent: root, key: 0 }]
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    if (visit.shape.any) continue
    const changed = walker.change(visit.value, visit.shape)
    const { parent, key } = visit
    if (changed !== visit.value && parent !== undefined) set(copyOf(parent), key, changed)
    if (!isContainer(changed)) continue
    // What `change` made is nobody else's.
    const copy = changed === visit.value ? undefined : changed
    const place: Place = { original: changed, copy, parent, key }
    if (Array.isArray(changed)) visitItems(changed, visit.shape, place, visits)
    else visitFields(changed, visit.shape, place, visits, walker)
  }
  return root.copy === undefined ? value : Reflect.get(root.copy, 0)
}

function visitItems(items: readonly unknown[], shape: Shape, parent: Place, visits: Visit[]): void {
  const array = arrayOfAny(shape.arrays)
  if (array === undefined) return
  for (let index = 0; index < items.length; index += 1) {
    const item = itemShape(array, index)
    if (item !== undefined && !item.any) visits.push({ value: items[index], shape: item, parent, key: index })
  }
}

function visitFields(
  fields: Readonly<Record<string, unknown>>,
  shape: Shape,
  parent: Place,
  visits: Visit[],
  walker: Walker,
): void {
  const object = walker.choose(fields, shape)
  if (object === undefined) return
  for (const key of Object.keys(fields)) {
    const field = fieldShape(object, key)
    if (field !== undefined && !field.any) visits.push({ value: fields[key], shape: field, parent, key })
  }
}

/** The copy of a container, made with those around it if there is none yet. */
function copyOf(place: Place): Container {
  const missing: Place[] = []
  let at: Place | undefined = place
  while (at !== undefined && at.copy === undefined) {
    missing.push(at)
    at = at.parent
  }
  for (let one = missing.pop(); one !== undefined; one = missing.pop()) {
    one.copy = shallowCopy(one.original)
    if (one.parent?.copy !== undefined) set(one.parent.copy, one.key, one.copy)
  }
  return place.copy ?? place.original
}

function shallowCopy(container: Container): Container {
  if (Array.isArray(container)) return container.slice()
  return copyFields(container)
}

/** A plain object with the same own fields; `__proto__` is a field like any other. */
export function copyFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  // A spread defines, it does not assign.
  return { ...fields }
}

/** Sets a field; `__proto__` too becomes a field of its own. */
export function set(container: Container, key: string | number, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true })
  } else Reflect.set(container, key, value)
}

/** Objects and arrays of data; not dates, bytes and other things with a class of their own. */
function isContainer(value: unknown): value is Container {
  return Array.isArray(value) || isFields(value)
}

export function isFields(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
