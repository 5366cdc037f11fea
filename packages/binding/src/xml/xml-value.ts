/**
 * An element as a plain value. With neither attributes nor children: its text, as it is. Otherwise an object with its
 * attributes as `@name`, its children by name in their order, and its text, if any, as `#text`. A child that occurs
 * again is an array. Text is never turned into numbers, booleans or `null`.
 */
export type XmlValue = string | XmlElement

export interface XmlElement {
  readonly [key: string]: XmlValue | readonly XmlValue[]
}
