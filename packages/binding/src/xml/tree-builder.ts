import { isBlank } from './characters.ts'
import type { TextWindow } from './text-window.ts'
import { TextPieces } from './text-pieces.ts'
import type { XmlSink } from './xml-sink.ts'
import type { XmlValue } from './xml-value.ts'

type Members = Record<string, XmlValue | XmlValue[]>

/** An element that is being read. */
class OpenElement {
  readonly name: string
  members: Members | undefined
  /** Its text so far: most have one piece, or none. */
  text = ''
  pieces: TextPieces | undefined
  hasChildren = false
  /** Whether there is text that stays even beside children. */
  solid = false

  constructor(name: string) {
    this.name = name
  }
}

/** How the strings of a tree are kept: as they are, or as copies that do not hold on to the text they came from. */
export type KeepText = (text: string) => string

/** Builds the value of one element, `open` to `close`. Keys of the peer never reach a prototype. */
export class TreeBuilder implements XmlSink {
  /** The element, once it is closed; `undefined` for one that was dropped. */
  result: XmlValue | undefined
  readonly #window: TextWindow
  readonly #drop: boolean
  readonly #keep: KeepText
  readonly #stack: OpenElement[] = []
  #top: OpenElement | undefined

  constructor(window: TextWindow, prototypeKeys: 'error' | 'drop', keep: KeepText) {
    this.#window = window
    this.#drop = prototypeKeys === 'drop'
    this.#keep = keep
  }

  /** Whether an element is open. */
  get building(): boolean {
    return this.#top !== undefined
  }

  open(name: string, attributes: readonly string[]): void {
    const parent = this.#top
    const element = new OpenElement(name)
    if (parent !== undefined) {
      this.#checkKey(parent.name, name)
      parent.hasChildren = true
      this.#stack.push(parent)
    }
    this.#top = element
    if (attributes.length === 0) return
    const members: Members = {}
    for (let index = 0; index < attributes.length; index += 2) {
      put(members, `@${attributes[index] ?? ''}`, this.#keep(attributes[index + 1] ?? ''))
    }
    element.members = members
  }

  text(piece: string, literal: boolean): void {
    const top = this.#top
    if (top === undefined) return
    if (!top.solid && (!literal || !isBlank(piece))) top.solid = true
    if (piece === '') return
    if (top.pieces !== undefined) top.pieces.add(piece)
    else if (top.text === '') top.text = piece
    else {
      top.pieces = new TextPieces(top.text)
      top.pieces.add(piece)
    }
  }

  close(): void {
    const top = this.#top
    if (top === undefined) return
    const parent = this.#stack.pop()
    this.#top = parent
    const value = this.#valueOf(top)
    if (parent === undefined) this.result = value
    else if (!(this.#drop && isForbidden(top.name, value))) {
      parent.members ??= {}
      append(parent.members, top.name, value)
    }
  }

  #valueOf(element: OpenElement): XmlValue {
    const text = element.pieces === undefined ? element.text : element.pieces.join()
    const { members, hasChildren, solid } = element
    if (members === undefined) {
      if (!hasChildren) return this.#keep(text)
      // Children there were, and all of them were dropped.
      return solid ? { '#text': this.#keep(text) } : {}
    }
    if (solid || (text !== '' && !hasChildren)) put(members, '#text', this.#keep(text))
    return members
  }

  #checkKey(parent: string, name: string): void {
    if (this.#drop) return
    if (name === '__proto__' || (name === 'prototype' && parent === 'constructor')) refuseKey(this.#window)
  }
}

/** Whether a key would be mistaken for a prototype by whatever merges the value into another. */
export function isForbidden(key: string, value: XmlValue): boolean {
  if (key === '__proto__') return true
  return key === 'constructor' && typeof value === 'object' && Object.hasOwn(value, 'prototype')
}

export function refuseKey(window: TextWindow): never {
  return window.fail("has an element that stands for an object's prototype (prototypeKeys)")
}

function append(members: Members, key: string, value: XmlValue): void {
  const present = Object.hasOwn(members, key) ? members[key] : undefined
  if (present === undefined) put(members, key, value)
  else if (Array.isArray(present)) present.push(value)
  else members[key] = [present, value]
}

/** Sets an own property, also of a name that `Object.prototype` has. */
export function put(members: Members, key: string, value: XmlValue): void {
  if (key in members) {
    Object.defineProperty(members, key, { value, writable: true, enumerable: true, configurable: true })
  } else members[key] = value
}
