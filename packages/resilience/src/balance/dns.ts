import { durationMs, guarded, integer, oneOf, optionObject, string } from '@halyard/core/options'
import type { EndpointInit } from './endpoint-init.ts'
import type { EndpointSource, SourceRuntime } from './source.ts'

/** One SRV record (RFC 2782). */
export interface SrvRecord {
  /** The host. */
  readonly name: string
  readonly port: number
  /** Lower ones are used first. */
  readonly priority: number
  /** Its share among those of the same priority. */
  readonly weight: number
}

/** What of `node:dns/promises`' resolver is used. */
export interface DnsResolver {
  resolve4(name: string): Promise<readonly string[]>
  resolve6(name: string): Promise<readonly string[]>
  resolveSrv(name: string): Promise<readonly SrvRecord[]>
}

/** What is resolved, and how often. */
export interface DnsOptions {
  /** A host; for `SRV` the whole name, such as `_http._tcp.example.com`. */
  readonly name: string
  /** `A` and `AAAA` give addresses, `SRV` names with ports. @defaultValue 'A' */
  readonly type?: 'A' | 'AAAA' | 'SRV' | undefined
  /** @defaultValue 'http' */
  readonly protocol?: 'http' | 'https' | undefined
  /** With `A` and `AAAA`. @defaultValue that of the protocol */
  readonly port?: number | undefined
  /** How often the name is resolved again, milliseconds. @defaultValue 30_000 */
  readonly everyMs?: number | undefined
  /** How long one answer is waited for, milliseconds. @defaultValue 5_000 */
  readonly timeoutMs?: number | undefined
  /** @defaultValue Node's */
  readonly resolver?: DnsResolver | undefined
}

const resolver = guarded(
  (value): value is DnsResolver =>
    typeof value === 'object' && value !== null && 'resolve4' in value && 'resolve6' in value && 'resolveSrv' in value,
  'a resolver like that of node:dns/promises',
)
const readOptions = optionObject({
  name: string,
  type: oneOf('A', 'AAAA', 'SRV'),
  protocol: oneOf('http', 'https'),
  port: integer({ min: 1, max: 65_535 }),
  everyMs: durationMs,
  timeoutMs: durationMs,
  resolver,
})

/**
 * The endpoints that a name stands for, resolved again and again. While it cannot be resolved they stay as they were.
 *
 * Addresses are asked with the name as `host`, and carry it as `serverName`, the name that their certificate has to be for.
 * @throws ConfigError
 */
export function dns(options: DnsOptions): EndpointSource {
  const given = readOptions(options, 'dns')
  const name = string(given.name, 'dns.name')
  const { type = 'A', protocol = 'http', everyMs = 30_000, timeoutMs = 5_000 } = given
  const host = given.port === undefined ? name : `${name}:${given.port}`
  const ask = (): Promise<readonly EndpointInit[]> =>
    type === 'SRV'
      ? services(given.resolver ?? ownResolver(), name, protocol)
      : addresses(given.resolver ?? ownResolver(), name, type, { protocol, host, port: given.port })
  return {
    base: `${protocol}://${host}`,
    async *watch(signal, runtime) {
      let before = ''
      while (!signal.aborted) {
        const endpoints = await within(timeoutMs, ask(), name, signal, runtime)
        const now = JSON.stringify(endpoints)
        if (now !== before) yield endpoints
        before = now
        await runtime.sleep(everyMs, signal)
      }
    },
  }
}

interface AddressSettings {
  readonly protocol: string
  readonly host: string
  readonly port: number | undefined
}

async function addresses(
  asked: DnsResolver,
  name: string,
  type: 'A' | 'AAAA',
  { protocol, host, port }: AddressSettings,
): Promise<readonly EndpointInit[]> {
  const found = type === 'A' ? await asked.resolve4(name) : await asked.resolve6(name)
  const suffix = port === undefined ? '' : `:${port}`
  // Sorted: servers turn the order round with each answer, which changes nothing.
  return [...found].toSorted().map((address) => ({
    url: `${protocol}://${type === 'A' ? address : `[${address}]`}${suffix}`,
    headers: { host },
    serverName: name,
  }))
}

async function services(asked: DnsResolver, name: string, protocol: string): Promise<readonly EndpointInit[]> {
  const found = await asked.resolveSrv(name)
  return found
    .map(({ name: target, port, priority, weight }) => ({
      url: `${protocol}://${target.replace(/\.$/, '')}:${port}`,
      priority,
      // A weight of 0 is a very small one (RFC 2782), but not none.
      weight: weight === 0 ? 0.1 : weight,
    }))
    .toSorted((left, right) => (left.url < right.url ? -1 : 1))
}

/** Fails without an answer in time, and with an empty one, which is nothing to act on. */
async function within(
  ms: number,
  answer: Promise<readonly EndpointInit[]>,
  name: string,
  signal: AbortSignal,
  runtime: SourceRuntime,
): Promise<readonly EndpointInit[]> {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const late = runtime.sleep(ms, either).then(() => {
    throw new Error(`${name} was not resolved within ${ms} ms`)
  })
  try {
    const endpoints = await Promise.race([answer, late])
    if (endpoints.length === 0) throw new Error(`${name} stands for no address`)
    return endpoints
  } finally {
    late.catch(() => undefined)
    answer.catch(() => undefined)
    over.abort()
  }
}

/** Only who asks the network needs Node. */
function ownResolver(): DnsResolver {
  return process.getBuiltinModule('node:dns').promises
}
