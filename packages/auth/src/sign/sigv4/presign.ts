import { createHash } from 'node:crypto'
import { checkMethod, ConfigError, headerList, systemClock, type Clock, type HeadersInit } from '@halyard/core'
import { guarded, integer, optionObject, string, type OptionSpec } from '@halyard/core/options'
import { readCredentials, type AwsCredentials } from './aws-credentials.ts'
import { canonicalRequest, signedNamesOf, splitPath } from './canonical-request.ts'
import { isS3, keysTable, resolveService, serviceTable, type SigV4ServiceOptions } from './sigv4-options.ts'
import { algorithm, scopeText, signatureOf, timeOf } from './signature.ts'
import { uriEncode } from './uri-encoding.ts'

export interface PresignOptions extends Omit<AwsCredentials, 'expiresAt'>, SigV4ServiceOptions {
  /** @defaultValue `GET` */
  readonly method?: string | undefined
  /** How long the URL is good: a second to seven days. @defaultValue 900_000 */
  readonly expiresInMs?: number | undefined
  /** Fields that whoever uses the URL has to send just so. @defaultValue none but `host` */
  readonly headers?: HeadersInit | undefined
  /** The SHA-256 of the body in hexadecimal digits. @defaultValue that of no body; for S3, any body will do */
  readonly contentSha256?: string | undefined
  /** What time it is. @defaultValue the system's clock */
  readonly clock?: Pick<Clock, 'date'> | undefined
}

const isClock = (value: unknown): value is Pick<Clock, 'date'> =>
  typeof value === 'object' && value !== null && 'date' in value && typeof value.date === 'function'

const method: OptionSpec<string> = (value, option) => {
  const name = string(value, option)
  checkMethod(name)
  return name
}

const spec = optionObject({
  ...serviceTable,
  ...keysTable,
  method,
  expiresInMs: integer({ min: 1000, max: 7 * 86_400_000 }),
  // `headerList` checks all that it is given.
  headers: (value) => headerList(value as HeadersInit),
  contentSha256: guarded(
    (value): value is string => typeof value === 'string' && /^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD)$/.test(value),
    '64 hexadecimal digits',
  ),
  clock: guarded(isClock, 'a clock'),
})

const nothing = createHash('sha256').digest('hex')

/**
 * A URL that is good by itself for some time: AWS Signature Version 4 in the query. Whoever has it can use it: treat it as
 * a secret.
 *
 * @example
 * ```ts
 * const url = presignUrl('https://bucket.s3.eu-central-1.amazonaws.com/report.pdf', { ...keys, region, service: 's3' })
 * ```
 * @throws ConfigError
 */
export function presignUrl(url: string | URL, options: PresignOptions): URL {
  const own = spec(options, 'presignUrl')
  const parsed = url instanceof URL ? url : URL.parse(url)
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
    throw new ConfigError({ option: 'url', value: typeof url, expected: 'an http(s) URL without user information' })
  }
  const { accessKeyId, secretAccessKey, sessionToken } = own
  const keys = readCredentials({ accessKeyId, secretAccessKey, sessionToken }, 'presignUrl')
  const { region, service, rules } = resolveService(own, 'presignUrl')
  const scope = { time: timeOf((own.clock ?? systemClock).date()), region, service }
  const given = own.headers ?? headerList(undefined)
  const headers = given.has('host') ? given : given.with('host', parsed.host)
  const signedNames = signedNamesOf(headers, new Set())
  const parameters = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${keys.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', scope.time],
    ['X-Amz-Expires', String(Math.floor((own.expiresInMs ?? 900_000) / 1000))],
    ['X-Amz-SignedHeaders', signedNames.join(';')],
    ...(keys.sessionToken === undefined ? [] : [['X-Amz-Security-Token', keys.sessionToken.reveal()] as const]),
  ] as const
  const added = parameters.map(([name, value]) => `${name}=${uriEncode(value)}`).join('&')
  const [location, query] = splitPath(parsed.pathname + parsed.search)
  const path = `${location}?${query === '' ? '' : `${query}&`}${added}`
  const payloadHash = own.contentSha256 ?? (isS3(service) ? 'UNSIGNED-PAYLOAD' : nothing)
  const canonical = canonicalRequest({ method: own.method ?? 'GET', path, headers, signedNames, payloadHash, rules })
  return new URL(`${parsed.origin}${path}&X-Amz-Signature=${signatureOf(canonical, scope, keys)}`)
}
