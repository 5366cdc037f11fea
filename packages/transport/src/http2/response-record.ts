import type { FieldRecord } from '../exchange/response-fields.ts'

/**
 * The fields of a section, from Node's flat list of names and values; a field that came twice has an array. HTTP/2's
 * own (`:status`) are none of them.
 */
export function recordOf(flat: readonly string[]): FieldRecord {
  const record: Record<string, string | string[] | undefined> = Object.create(null)
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const name = flat[at] ?? ''
    if (name.startsWith(':')) continue
    const value = flat[at + 1] ?? ''
    const earlier = record[name]
    if (earlier === undefined) record[name] = value
    else if (typeof earlier === 'string') record[name] = [earlier, value]
    else earlier.push(value)
  }
  return record
}
