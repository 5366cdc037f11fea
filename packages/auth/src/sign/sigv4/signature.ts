import { createHash, createHmac } from 'node:crypto'
import type { AwsKeys } from './aws-credentials.ts'

export const algorithm = 'AWS4-HMAC-SHA256'

/** Where and when a signature is good. */
export interface Scope {
  /** `20150830T123600Z`. */
  readonly time: string
  readonly region: string
  readonly service: string
}

/** A time as the fields have it, from milliseconds since 1970. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '')
}

/** `20150830/us-east-1/service/aws4_request`. */
export function scopeText({ time, region, service }: Scope): string {
  return `${time.slice(0, 8)}/${region}/${service}/aws4_request`
}

/** The signature of a canonical request, in hexadecimal digits. */
export function signatureOf(canonical: string, scope: Scope, keys: AwsKeys): string {
  const hash = createHash('sha256').update(canonical).digest('hex')
  const text = [algorithm, scope.time, scopeText(scope), hash].join('\n')
  return hmac(signingKey(scope, keys), text).toString('hex')
}

/** The last key of each secret: it is good for a day, and as dear as the signature itself. */
const derived = new WeakMap<AwsKeys, { readonly scope: string; readonly key: Buffer }>()

function signingKey(scope: Scope, keys: AwsKeys): Buffer {
  const text = scopeText(scope)
  const known = derived.get(keys)
  if (known?.scope === text) return known.key
  const key = text.split('/').reduce<Buffer>(hmac, Buffer.from(`AWS4${keys.secretAccessKey.reveal()}`))
  derived.set(keys, { scope: text, key })
  return key
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
