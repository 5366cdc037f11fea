import { addLiteral, intersectionOf, unionOf } from './shape-algebra.ts'
import {
  anything,
  lazyAnything,
  LazyShape,
  nothing,
  type ArrayShape,
  type Field,
  type Literal,
  type ObjectShape,
  type PatternField,
  type Shape,
} from './shape.ts'

/** A keyword of our own: types that JSON Schema does not have, `bigint` and `date`. */
export const typeKeyword = 'x-halyard-type'

type Node = Readonly<Record<string, unknown>>

const objectKeywords = ['properties', 'required', 'additionalProperties', 'patternProperties', 'propertyNames']
const arrayKeywords = ['items', 'prefixItems', 'minItems', 'maxItems']

/**
 * Reads what a JSON Schema (2020-12; drafts 7 and later are near enough) says about types. Constraints are left to
 * the schema itself; keywords that are not known, and references to elsewhere, say nothing.
 */
export function shapeOfJsonSchema(root: unknown): Shape {
  return new JsonSchemaReader(root).shape(root)
}

class JsonSchemaReader {
  readonly #root: unknown
  readonly #shapes = new Map<Node, Shape>()
  /** Nodes whose shape is being made: one that is its own alternative adds nothing. */
  readonly #open = new Set<Node>()

  constructor(root: unknown) {
    this.#root = root
  }

  shape(node: unknown): Shape {
    if (node === false) return nothing
    if (!isNode(node)) return anything
    const known = this.#shapes.get(node)
    if (known !== undefined) return known
    if (this.#open.has(node)) return nothing
    this.#open.add(node)
    const made = this.#make(node)
    this.#open.delete(node)
    this.#shapes.set(node, made)
    return made
  }

  #make(node: Node): Shape {
    let shape = this.#typed(node)
    const reference = own(node, '$ref')
    if (typeof reference === 'string') shape = intersectionOf(shape, this.shape(this.#resolve(reference)))
    for (const part of list(own(node, 'allOf'))) shape = intersectionOf(shape, this.shape(part))
    for (const keyword of ['anyOf', 'oneOf']) {
      const options = list(own(node, keyword))
      if (options.length > 0) shape = intersectionOf(shape, unionOf(options.map((option) => this.shape(option))))
    }
    return shape
  }

  /** What `type`, `enum` and `const` say. */
  #typed(node: Node): Shape {
    const special = own(node, typeKeyword)
    if (special === 'bigint') return { ...nothing, bigint: true }
    if (special === 'date') return { ...nothing, date: true }
    if (Object.hasOwn(node, 'const')) return literalShape([node['const']])
    if (Object.hasOwn(node, 'enum')) return literalShape(list(node['enum']))
    const type = own(node, 'type')
    if (type === undefined) return this.#untyped(node)
    const types = Array.isArray(type) ? type : [type]
    return unionOf(types.map((name) => this.#type(name, node)))
  }

  #type(name: unknown, node: Node): Shape {
    switch (name) {
      case 'string':
        return { ...nothing, text: true }
      case 'number':
      case 'integer':
        return { ...nothing, number: true }
      case 'boolean':
        return { ...nothing, boolean: true }
      case 'null':
        return { ...nothing, nil: true }
      case 'object':
        return { ...nothing, objects: [this.#object(node)] }
      case 'array':
        return { ...nothing, arrays: [this.#array(node)] }
      default:
        return anything
    }
  }

  /** Keywords of objects or arrays without a type are common inside of `allOf`; the type stands beside it. */
  #untyped(node: Node): Shape {
    if (objectKeywords.some((keyword) => Object.hasOwn(node, keyword))) return this.#type('object', node)
    if (arrayKeywords.some((keyword) => Object.hasOwn(node, keyword))) return this.#type('array', node)
    return anything
  }

  #object(node: Node): ObjectShape {
    const required = new Set(list(own(node, 'required')))
    const fields = new Map<string, Field>()
    for (const [name, field] of entries(own(node, 'properties'))) {
      fields.set(name, { required: required.has(name), shape: this.#later(field) })
    }
    const additional = own(node, 'additionalProperties') ?? own(node, 'unevaluatedProperties')
    for (const name of required) {
      if (typeof name !== 'string' || fields.has(name)) continue
      fields.set(name, { required: true, shape: this.#later(additional ?? true) })
    }
    const patterns: PatternField[] = []
    for (const [source, field] of entries(own(node, 'patternProperties'))) {
      const pattern = patternOf(source)
      if (pattern !== undefined) patterns.push({ pattern, shape: this.#later(field) })
    }
    return { fields, patterns, rest: this.#rest(additional) }
  }

  #array(node: Node): ArrayShape {
    const items = own(node, 'items')
    // Until draft 2019-09 a list of items was what `prefixItems` is now.
    const early = Array.isArray(items)
    const prefix = list(early ? items : own(node, 'prefixItems'))
    return {
      prefix: prefix.map((item) => this.#later(item)),
      rest: this.#rest(early ? own(node, 'additionalItems') : items),
    }
  }

  #rest(node: unknown): LazyShape | undefined {
    if (node === false) return undefined
    return isNode(node) ? this.#later(node) : lazyAnything
  }

  #later(node: unknown): LazyShape {
    return new LazyShape(() => this.shape(node))
  }

  /** A JSON pointer into the same schema (RFC 6901); anything else is not known here. */
  #resolve(reference: string): unknown {
    if (reference === '#') return this.#root
    if (!reference.startsWith('#/')) return true
    let node: unknown = this.#root
    for (const token of reference.slice(2).split('/')) {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
      if (typeof node !== 'object' || node === null || !Object.hasOwn(node, name)) return true
      node = Reflect.get(node, name)
    }
    return node
  }
}

function literalShape(values: readonly unknown[]): Shape {
  const literals = new Map<string, Literal>()
  let nil = false
  for (const value of values) {
    if (value === null) nil = true
    else if (isLiteral(value)) addLiteral(literals, value)
    else return anything
  }
  return { ...nothing, nil, literals }
}

function isLiteral(value: unknown): value is Literal {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(node: Node, keyword: string): unknown {
  return Object.hasOwn(node, keyword) ? node[keyword] : undefined
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isNode(value) ? Object.entries(value) : []
}

function patternOf(source: string): RegExp | undefined {
  try {
    return new RegExp(source, 'u')
  } catch {
    return undefined
  }
}
