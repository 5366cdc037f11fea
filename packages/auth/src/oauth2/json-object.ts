/** Members of a JSON object; `undefined` for what is none. Own members alone, so `__proto__` is a name like any other. */
export function jsonObject(text: string): ReadonlyMap<string, unknown> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's message repeats the text, which may hold a token.
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Map(Object.entries(value))
}

/** A member that is text and not empty. */
export function textMember(members: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = members.get(name)
  return typeof value === 'string' && value !== '' ? value : undefined
}
