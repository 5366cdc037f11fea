import { chooseObject, type Choice } from './choose.ts'
import { convertScalar, type TextFormat } from './scalar-text.ts'
import { takesScalar, type ObjectShape, type Shape } from './shape.ts'
import { copyFields, isFields, set, walkShape } from './walk-shape.ts'

/**
 * Makes of text in a record of a form (its keys expanded) or of headers what the shape says: numbers, booleans, lists
 * of one value. In forms a required list that is absent is empty, for that is how an empty one is written; the same
 * holds for a record that needs no more than empty lists. What does not convert stays text, for validation to report.
 */
export function convertFlat(record: unknown, shape: Shape, format: TextFormat): unknown {
  const choice = choices[format === 'headers' ? 'headers' : 'form']
  return walkShape(record, shape, {
    change: (value, wanted) => {
      if (typeof value === 'string') {
        return convertScalar(value, wanted, format) ?? (wanted.arrays.length > 0 ? [value] : value)
      }
      if (format === 'headers' || !isFields(value)) return value
      const object = chooseObject(wanted, value, choice)
      return object === undefined ? value : complete(value, object)
    },
    choose: (value, wanted) => chooseObject(wanted, value, choice),
  })
}

function choiceFor(format: TextFormat): Choice {
  return {
    fits: (value, shape) => typeof value !== 'string' || convertScalar(value, shape, format) !== undefined,
    mayLack: (shape) => format === 'form' && absentOf(shape) !== undefined,
    mustKnow: () => format === 'form',
  }
}

const choices = { form: choiceFor('form'), headers: choiceFor('headers') }

function complete(record: Readonly<Record<string, unknown>>, object: ObjectShape): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined
  for (const [name, field] of object.fields) {
    if (!field.required || Object.hasOwn(record, name)) continue
    const absent = absentOf(field.shape.get())
    if (absent === undefined) continue
    copy ??= copyFields(record)
    set(copy, name, absent)
  }
  return copy ?? record
}

/** What a form says by not having a key. */
function absentOf(shape: Shape): unknown {
  if (shape.arrays.length > 0) return []
  if (takesScalar(shape)) return undefined
  const needsNothing = shape.objects.some((object) =>
    [...object.fields.values()].every((field) => !field.required || field.shape.get().arrays.length > 0),
  )
  return needsNothing ? {} : undefined
}
