import { chooseObject, isKnown, type Choice } from './choose.ts'
import type { ObjectShape, Shape } from './shape.ts'
import { copyFields, isFields, set, walkShape } from './walk-shape.ts'

/**
 * Lax binding, at every depth: `null` for an optional field that does not take it counts as absent, an absent field
 * that must be there and may be `null` counts as `null`, and fields that a closed record does not know are left out.
 * In a union only what all alternatives agree on that the value can be. The value itself stays as it was.
 */
export function laxly(value: unknown, shape: Shape): unknown {
  return walkShape(value, shape, {
    change: (one, wanted) => {
      if (!isFields(one)) return one
      const object = chooseObject(wanted, one, choice)
      return object === undefined ? one : relax(one, object)
    },
    choose: (one, wanted) => chooseObject(wanted, one, choice),
  })
}

const choice: Choice = {
  fits: (value, shape) => {
    if (value === null) return shape.nil
    if (typeof value === 'string') return shape.text || shape.literals.get(value) === value
    if (typeof value === 'number') return shape.number || shape.literals.get(String(value)) === value
    if (typeof value === 'boolean') return shape.boolean || shape.literals.get(String(value)) === value
    return typeof value === 'bigint' ? shape.bigint : shape.objects.length > 0 || shape.arrays.length > 0
  },
  mayLack: (shape) => shape.nil,
  mustKnow: () => false,
}

function relax(value: Readonly<Record<string, unknown>>, object: ObjectShape): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined
  for (const name of Object.keys(value)) {
    if (!mayGo(name, value[name], object)) continue
    copy ??= copyFields(value)
    delete copy[name]
  }
  for (const [name, { required, shape }] of object.fields) {
    if (!required || Object.hasOwn(value, name) || !shape.get().nil) continue
    copy ??= copyFields(value)
    set(copy, name, null)
  }
  return copy ?? value
}

function mayGo(name: string, value: unknown, object: ObjectShape): boolean {
  if (object.rest === undefined && !isKnown(object, name)) return true
  const field = object.fields.get(name)
  if (value !== null || field === undefined || field.required) return false
  const shape = field.shape.get()
  return !shape.any && !shape.nil
}
