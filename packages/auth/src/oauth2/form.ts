/** Fields of a form, in order; a name may come several times. */
export type FormFields = readonly (readonly [name: string, value: string])[]

/** `application/x-www-form-urlencoded` in UTF-8 (RFC 6749 appendix B). */
export function encodeForm(fields: FormFields): string {
  const form = new URLSearchParams()
  for (const [name, value] of fields) form.append(name, value)
  return form.toString()
}

/** One value of such a form by itself. */
function encodeFormValue(value: string): string {
  return encodeForm([['', value]]).slice(1)
}

/** `Authorization` of a client (RFC 6749 §2.3.1): both parts are encoded as in a form first, so a colon is safe. */
export function basicOfClient(clientId: string, clientSecret: string): string {
  const pair = `${encodeFormValue(clientId)}:${encodeFormValue(clientSecret)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
