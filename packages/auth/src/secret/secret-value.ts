import { Secret } from './secret.ts'

/** A secret as it is given: text, or text that does not print. */
export type SecretText = string | Secret

/** A secret, or what tells of one each time that it is needed. */
export type SecretSource = SecretText | (() => SecretText | Promise<SecretText>)

/** The text of a secret; `undefined` for what is none. */
export function secretText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return value instanceof Secret ? value.reveal() : undefined
}

/** What is wrong with a text, in words that hold nothing of it; `undefined` where it has no controls and is well-formed. */
export function faultOf(text: string): string | undefined {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    // Controls of ASCII and of ISO-8859-1.
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f))
      return `U+${code.toString(16).toUpperCase().padStart(4, '0')} at index ${at}`
  }
  return text.isWellFormed() ? undefined : 'half of a surrogate pair'
}
