import { chooseObject, isKnown, type Choice } from './choose.ts'
import { convertScalar } from './scalar-text.ts'
import { arrayOfAny } from './shape-algebra.ts'
import { itemShape, takesScalar, type ObjectShape, type Shape } from './shape.ts'
import { copyFields, isFields, set, walkShape } from './walk-shape.ts'

type Element = Readonly<Record<string, unknown>>

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance'

/**
 * Makes of a tree of XML text what the shape says: numbers, booleans, lists of one or no element, `null` for
 * `xsi:nil`, records for empty elements, text for elements whose attributes nobody asked for. What does not convert
 * stays text, for validation to report. Declarations of namespaces and `xsi:` attributes do not count as fields
 * unless the shape names them.
 */
export function convertXml(tree: unknown, shape: Shape, lax: boolean): unknown {
  return walkShape(tree, shape, {
    change: (value, wanted) => {
      if (typeof value === 'string') return ofText(value, wanted)
      return isFields(value) ? ofElement(value, wanted, lax) : value
    },
    choose: (element, wanted) => chooseObject(wanted, element, choice),
  })
}

const choice: Choice = {
  fits: (value, shape) => {
    const text = textOf(value)
    if (text === undefined) return isFields(value) && shape.nil && isNil(value, shape)
    return convertScalar(text, shape, 'xml') !== undefined
  },
  mayLack: (shape) => shape.arrays.length > 0,
  mustKnow: (name) => !isMarkup(name),
}

function ofText(text: string, shape: Shape): unknown {
  const scalar = convertScalar(text, shape, 'xml')
  if (scalar !== undefined) return scalar
  if (shape.objects.length > 0) {
    const object = chooseObject(shape, {}, choice)
    const named = object?.fields.get('#text')
    if (object !== undefined && isBlank(text) && named?.required !== true) return complete({}, object)
    if (object !== undefined && named !== undefined) return complete({ '#text': text }, object)
  }
  return shape.arrays.length > 0 ? [text] : text
}

function ofElement(element: Element, shape: Shape, lax: boolean): unknown {
  if ((shape.nil || (lax && !listsNil(shape))) && isNil(element, shape)) return null
  if (shape.objects.length > 0) {
    const object = chooseObject(shape, element, choice)
    return object === undefined ? element : complete(element, object)
  }
  const text = takesScalar(shape) ? textOf(element) : undefined
  const scalar = text === undefined ? undefined : convertScalar(text, shape, 'xml')
  if (scalar !== undefined) return scalar
  if (shape.arrays.length > 0) return [element]
  return text ?? element
}

/** Whether `nil` where a list is wanted may be its only item. */
function listsNil(shape: Shape): boolean {
  const array = arrayOfAny(shape.arrays)
  return array !== undefined && itemShape(array, 0)?.nil === true
}

/** Adds what absence means, an empty list or text, and takes off markup that is no data here. */
function complete(element: Element, object: ObjectShape): Element {
  let copy: Record<string, unknown> | undefined
  for (const name of Object.keys(element)) {
    if (!isMarkup(name) || object.fields.has(name) || !isUnwanted(name, element[name], object)) continue
    copy ??= copyFields(element)
    delete copy[name]
  }
  for (const [name, field] of object.fields) {
    if (!field.required || Object.hasOwn(element, name)) continue
    const shape = field.shape.get()
    const absent = shape.arrays.length > 0 ? [] : name === '#text' && shape.text ? '' : undefined
    if (absent === undefined) continue
    copy ??= copyFields(element)
    set(copy, name, absent)
  }
  return copy ?? element
}

/** Closed records and records of other types have no place for markup; what declares `xsi` was written for `nil`. */
function isUnwanted(name: string, value: unknown, object: ObjectShape): boolean {
  if (value === schemaInstance && name.startsWith('@xmlns:')) return true
  if (object.rest === undefined) return !isKnown(object, name)
  const rest = object.rest.get()
  return !rest.any && !rest.text
}

function isMarkup(name: string): boolean {
  return name === '@xmlns' || name.startsWith('@xmlns:') || name.startsWith('@xsi:')
}

/** The text of an element without children, whatever its attributes. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!isFields(value)) return undefined
  for (const name of Object.keys(value)) if (!name.startsWith('@') && name !== '#text') return undefined
  const text = Object.hasOwn(value, '#text') ? value['#text'] : ''
  return typeof text === 'string' ? text : undefined
}

/** An empty element that says `nil="true"` in whatever prefix; without a prefix unless the shape has that field. */
function isNil(element: Element, shape: Shape): boolean {
  let nil = false
  for (const name of Object.keys(element)) {
    if (!name.startsWith('@')) return false
    const isName = name === '@nil' ? shape.objects.every((object) => !object.fields.has(name)) : name.endsWith(':nil')
    if (isName) nil ||= element[name] === 'true' || element[name] === '1'
  }
  return nil
}

function isBlank(text: string): boolean {
  return !/[^\t\n\r ]/.test(text)
}
