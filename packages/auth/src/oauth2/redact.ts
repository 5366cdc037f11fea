/** Fields whose values must not come back in messages. */
const secretFields = new Set([
  'client_secret',
  'client_assertion',
  'assertion',
  'password',
  'refresh_token',
  'code',
  'code_verifier',
  'device_code',
  'subject_token',
  'actor_token',
])

/** Servers send pages of text; more than this of it is of no use. */
const longest = 256
/** As much of a text is looked at. */
const longestLooked = 8192

export function isSecretField(name: string): boolean {
  return secretFields.has(name)
}

/**
 * Words of a server as messages may show them: without the secrets that it was sent, in whichever way it repeats them,
 * without control characters, and short.
 */
export function presentable(text: string, secrets: readonly string[]): string {
  let shown = text.slice(0, longestLooked)
  for (const secret of secrets.toSorted((one, other) => other.length - one.length)) {
    // One that was cut off at the end of what is looked at goes, too: the text is cut much shorter than that.
    for (const spelling of spellings(secret)) shown = shown.replaceAll(spelling, '[secret]')
  }
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  shown = shown.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
  return shown.length > longest ? `${shown.slice(0, longest)}…` : shown
}

function spellings(secret: string): Set<string> {
  if (secret === '') return new Set()
  const inForm = new URLSearchParams([['', secret]]).toString().slice(1)
  const inJson = JSON.stringify(secret).slice(1, -1)
  return new Set([secret, inForm, encodeURIComponent(secret), inJson, Buffer.from(secret).toString('base64')])
}
