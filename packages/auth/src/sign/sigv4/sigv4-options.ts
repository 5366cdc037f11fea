import { ConfigError, isToken } from '@halyard/core'
import { boolean, guarded, oneOf, optionObject, type OptionSpec } from '@halyard/core/options'
import type { Secret } from '../../secret/secret.ts'
import {
  accessKeyId,
  providerSpec,
  readCredentials,
  secretField,
  type AwsCredentials,
  type AwsCredentialsProvider,
  type AwsKeys,
} from './aws-credentials.ts'
import type { PathRules } from './canonical-request.ts'

/** For which service signatures are, and how it wants paths to be written. */
export interface SigV4ServiceOptions {
  /** `us-east-1`. */
  readonly region: string
  /** `s3`, `execute-api`, `dynamodb` … */
  readonly service: string
  /** Whether paths are signed without dot segments and empty ones. @defaultValue true, except for S3 */
  readonly normalizePath?: boolean | undefined
  /** Whether paths are encoded once more for the signature. @defaultValue true, except for S3 */
  readonly doubleEncode?: boolean | undefined
}

/** Credentials as values, or a function that tells of them. */
export type SigV4Credentials =
  | (Omit<AwsCredentials, 'expiresAt'> & { readonly credentials?: undefined })
  | {
      /** Asked when there are none, and when they are near their expiry; once, however many calls wait. */
      readonly credentials: AwsCredentialsProvider
      readonly accessKeyId?: undefined
      readonly secretAccessKey?: undefined
      readonly sessionToken?: undefined
    }

export type SigV4Options = SigV4Credentials &
  SigV4ServiceOptions & {
    /**
     * What is signed of a body. `auto`: its hash if it is in memory; for any other, `UNSIGNED-PAYLOAD`. `reread`: bodies
     * that can be opened again are read once more for their hash. `unsigned`: never a hash. A call that knows the hash
     * sets the field `x-amz-content-sha256` itself. @defaultValue `auto`
     */
    readonly payload?: 'auto' | 'reread' | 'unsigned' | undefined
    /** Whether the hash is sent along. S3 needs it. @defaultValue true */
    readonly sendContentSha256?: boolean | undefined
    /** Fields that are not signed, beside those that change on the way. @defaultValue [] */
    readonly unsignedHeaders?: readonly string[] | undefined
  }

/** Where signatures are good, as checked. */
export interface ResolvedService {
  readonly region: string
  readonly service: string
  readonly rules: PathRules
}

export interface ResolvedSigV4 extends ResolvedService {
  readonly credentials: AwsKeys | AwsCredentialsProvider
  readonly payload: 'auto' | 'reread' | 'unsigned'
  readonly sendContentSha256: boolean
  readonly unsignedHeaders: ReadonlySet<string>
}

/** Services whose paths are names of objects, in which dots and empty segments count. */
const byName = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts'])

export function isS3(service: string): boolean {
  return byName.has(service)
}

/** A part of the scope, which slashes divide. */
const part: OptionSpec<string> = (value, option) => {
  if (typeof value === 'string' && /^[\w.*-]+$/.test(value)) return value
  throw new ConfigError({ option, value, expected: 'a name such as us-east-1' })
}

/** The options of a service and of keys, for whoever reads them among others. */
export const serviceTable: {
  readonly region: OptionSpec<string>
  readonly service: OptionSpec<string>
  readonly normalizePath: OptionSpec<boolean>
  readonly doubleEncode: OptionSpec<boolean>
} = { region: part, service: part, normalizePath: boolean, doubleEncode: boolean }

export const keysTable: {
  readonly accessKeyId: OptionSpec<string>
  readonly secretAccessKey: OptionSpec<Secret>
  readonly sessionToken: OptionSpec<Secret>
} = { accessKeyId, secretAccessKey: secretField, sessionToken: secretField }

const names = guarded(
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((one: unknown) => typeof one === 'string' && isToken(one)),
  'a list of header names',
)

const spec = optionObject({
  ...serviceTable,
  ...keysTable,
  credentials: providerSpec,
  payload: oneOf('auto', 'reread', 'unsigned'),
  sendContentSha256: boolean,
  unsignedHeaders: names,
})

interface GivenService {
  readonly region: string | undefined
  readonly service: string | undefined
  readonly normalizePath: boolean | undefined
  readonly doubleEncode: boolean | undefined
}

export function resolveService(given: GivenService, option: string): ResolvedService {
  const { region, service, normalizePath, doubleEncode } = given
  if (region === undefined || service === undefined) {
    const missing = region === undefined ? 'region' : 'service'
    throw new ConfigError({ option: `${option}.${missing}`, value: undefined, expected: 'a name' })
  }
  const usual = !isS3(service)
  return { region, service, rules: { normalize: normalizePath ?? usual, encodeTwice: doubleEncode ?? usual } }
}

/** @throws ConfigError */
export function resolveSigV4(options: unknown): ResolvedSigV4 {
  const own = spec(options, 'sigv4')
  const { credentials, accessKeyId: id, secretAccessKey, sessionToken } = own
  const values = { accessKeyId: id, secretAccessKey, sessionToken }
  if (credentials !== undefined && Object.values(values).some((one) => one !== undefined)) {
    throw new ConfigError({ option: 'sigv4', value: options, expected: 'either `credentials` or keys' })
  }
  const service = resolveService(own, 'sigv4')
  if (own.sendContentSha256 === false && isS3(service.service)) {
    throw new ConfigError({ option: 'sigv4.sendContentSha256', value: false, expected: 'true for S3' })
  }
  return {
    ...service,
    credentials: credentials ?? readCredentials(values, 'sigv4'),
    payload: own.payload ?? 'auto',
    sendContentSha256: own.sendContentSha256 ?? true,
    unsignedHeaders: new Set((own.unsignedHeaders ?? []).map((name) => name.toLowerCase())),
  }
}
