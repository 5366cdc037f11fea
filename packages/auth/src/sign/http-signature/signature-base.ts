import { componentValue, type SignedMessage, type Structures } from './component-value.ts'
import { identifierOf, type Component } from './component.ts'
import { quoted } from './structured-field.ts'

/** What a signature says of itself (RFC 9421 §2.3). Times are in seconds since 1970. */
export interface SignatureParameters {
  readonly created: number | undefined
  readonly expires: number | undefined
  readonly keyId: string | undefined
  readonly algorithm: string | undefined
  readonly nonce: string | undefined
  readonly tag: string | undefined
}

/** The components and the parameters, as `signature-input` has them. */
export function signatureInput(components: readonly Component[], parameters: SignatureParameters): string {
  const { created, expires, keyId, algorithm, nonce, tag } = parameters
  const ending = [
    ...(created === undefined ? [] : [`;created=${created}`]),
    ...(expires === undefined ? [] : [`;expires=${expires}`]),
    ...(keyId === undefined ? [] : [`;keyid=${quoted(keyId)}`]),
    ...(algorithm === undefined ? [] : [`;alg=${quoted(algorithm)}`]),
    ...(nonce === undefined ? [] : [`;nonce=${quoted(nonce)}`]),
    ...(tag === undefined ? [] : [`;tag=${quoted(tag)}`]),
  ]
  return `(${components.map(identifierOf).join(' ')})${ending.join('')}`
}

/** What is signed (RFC 9421 §2.5), or why it cannot be. */
export function signatureBase(
  components: readonly Component[],
  input: string,
  message: SignedMessage,
  structures: Structures,
): { readonly base: string } | { readonly fault: string } {
  let base = ''
  for (const component of components) {
    const found = componentValue(component, message, structures)
    if ('fault' in found) return { fault: `the component ${identifierOf(component)}: ${found.fault}` }
    base += `${identifierOf(component)}: ${found.value}\n`
  }
  return { base: `${base}"@signature-params": ${input}` }
}
