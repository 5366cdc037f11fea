import type { BindingOptions } from '../reading/binding-options.ts'
import { DecodeError } from '../reading/decode-error.ts'
import { givenOption } from './given-option.ts'
import type { Source } from '../reading/source.ts'
import { arrayOfAny, objectOfAny } from './shape-algebra.ts'
import { fieldShape, itemShape, type Shape } from './shape.ts'
import { isFields, set } from './walk-shape.ts'

type KeyOptions = Pick<BindingOptions, 'maxDepth' | 'prototypeKeys'>

/** A value of a form while keys are put together. */
type Part = Leaf | Branch

interface Leaf {
  readonly kind: 'leaf'
  readonly value: unknown
}

interface Branch {
  readonly kind: 'object' | 'array'
  readonly parts: Map<string, Part>
}

const defaultDepth = 500

/**
 * Expands `c[d]=1` to `{ c: { d: '1' } }` and `e[0][f]=1` to `{ e: [{ f: '1' }] }` where the shape has records or
 * lists of records there; other keys stay as they are, brackets and all.
 * @throws DecodeError for a list with a gap, a key that is a value and a record at once, one that is deeper than
 * `maxDepth` (500), or one that names a prototype.
 */
export function expandKeys(flat: unknown, shape: Shape, source: Source, options: KeyOptions): unknown {
  if (!isFields(flat) || shape.objects.length === 0 || !Object.keys(flat).some((key) => key.includes('['))) return flat
  const root: Branch = { kind: 'object', parts: new Map() }
  for (const key of Object.keys(flat)) {
    const steps = stepsOf(key, shape, source, options)
    if (steps !== undefined) place(root, steps, flat[key], source)
  }
  return assemble(root, source)
}

interface Step {
  readonly name: string
  /** What is under this name. */
  readonly kind: Branch['kind'] | 'leaf'
}

/** The way that a key names, as far as the shape goes along; `undefined` where the key is to be dropped. */
function stepsOf(key: string, shape: Shape, source: Source, options: KeyOptions): readonly Step[] | undefined {
  const whole: readonly Step[] = [{ name: key, kind: 'leaf' }]
  if (shape.objects.some((object) => object.fields.has(key))) return whole
  const names = namesOf(key)
  if (names === undefined) return whole
  const maxDepth = givenOption(options, 'maxDepth') ?? defaultDepth
  if (names.length > maxDepth) throw new DecodeError(source, `has a form key that nests deeper than ${maxDepth}`)
  const steps: Step[] = []
  let at: Shape | undefined = shape
  for (const [index, name] of names.entries()) {
    if (index > 0) {
      const kind = at === undefined ? undefined : branchOf(at, name)
      const last = steps.at(-1)
      if (kind === undefined || last === undefined) return stopAt(steps, names.slice(index))
      steps[steps.length - 1] = { name: last.name, kind }
    }
    if (isPrototypeKey(names, index)) {
      if (givenOption(options, 'prototypeKeys') === 'drop') return undefined
      throw new DecodeError(source, `has a form key that names a prototype: ${JSON.stringify(name)}`)
    }
    steps.push({ name, kind: 'leaf' })
    at = at === undefined ? undefined : childOf(at, name)
  }
  return steps
}

/** What the shape does not know stays in the name: `[x][y]`. */
function stopAt(steps: readonly Step[], left: readonly string[]): readonly Step[] {
  const last = steps.at(-1)
  const tail = left.map((name) => `[${name}]`).join('')
  return last === undefined ? [] : [...steps.slice(0, -1), { name: `${last.name}${tail}`, kind: 'leaf' }]
}

/** `a[b][c]` as its three names; `undefined` for a key that is not written so. */
function namesOf(key: string): readonly string[] | undefined {
  const open = key.indexOf('[')
  if (open <= 0 || !key.endsWith(']')) return undefined
  const names = key.slice(open + 1, -1).split('][')
  return names.some((name) => name.includes('[') || name.includes(']')) ? undefined : [key.slice(0, open), ...names]
}

const indexSyntax = /^(?:0|[1-9]\d{0,8})$/

function branchOf(shape: Shape, name: string): Branch['kind'] | undefined {
  const items = shape.arrays.length > 0 && indexSyntax.test(name) ? itemOf(shape, Number(name)) : undefined
  if (items !== undefined && (items.objects.length > 0 || items.arrays.length > 0)) return 'array'
  return shape.objects.length > 0 ? 'object' : undefined
}

function childOf(shape: Shape, name: string): Shape | undefined {
  if (shape.arrays.length > 0 && indexSyntax.test(name)) return itemOf(shape, Number(name))
  const object = objectOfAny(shape.objects)
  return object === undefined ? undefined : fieldShape(object, name)
}

function itemOf(shape: Shape, index: number): Shape | undefined {
  const array = arrayOfAny(shape.arrays)
  return array === undefined ? undefined : itemShape(array, index)
}

function isPrototypeKey(names: readonly string[], index: number): boolean {
  return names[index] === '__proto__' || (names[index] === 'constructor' && names[index + 1] === 'prototype')
}

function place(root: Branch, steps: readonly Step[], value: unknown, source: Source): void {
  let at = root
  for (const { name, kind } of steps) {
    const known = at.parts.get(name)
    if (kind === 'leaf') {
      if (known !== undefined) throw contradiction(source, steps)
      at.parts.set(name, { kind, value })
      return
    }
    const next: Branch | undefined = known === undefined ? { kind, parts: new Map() } : branch(known, kind)
    if (next === undefined) throw contradiction(source, steps)
    at.parts.set(name, next)
    at = next
  }
}

function branch(part: Part, kind: Branch['kind']): Branch | undefined {
  return part.kind !== 'leaf' && part.kind === kind ? part : undefined
}

function contradiction(source: Source, steps: readonly Step[]): DecodeError {
  return new DecodeError(source, 'has a form key that is a value and a record at once', {
    path: steps.map(({ name }) => name),
  })
}

interface Open {
  readonly branch: Branch
  readonly path: readonly string[]
  readonly made: Record<string, unknown> | unknown[]
}

function assemble(root: Branch, source: Source): unknown {
  const made: Record<string, unknown> = {}
  const opened: Open[] = [{ branch: root, path: [], made }]
  for (let open = opened.pop(); open !== undefined; open = opened.pop()) {
    const { branch: from, path, made: into } = open
    for (const [name, part] of from.parts) {
      // As many indexes as parts: each below their number is there.
      if (from.kind === 'array' && Number(name) >= from.parts.size) {
        throw new DecodeError(source, 'has a form list that skips an index', { path: [...path, name] })
      }
      const value = part.kind === 'leaf' ? part.value : part.kind === 'array' ? [] : {}
      set(into, from.kind === 'array' ? Number(name) : name, value)
      if (part.kind !== 'leaf' && isOpen(value)) opened.push({ branch: part, path: [...path, name], made: value })
    }
  }
  return made
}

function isOpen(value: unknown): value is Open['made'] {
  return typeof value === 'object' && value !== null
}
