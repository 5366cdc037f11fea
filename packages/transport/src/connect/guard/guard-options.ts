import { ConfigError } from '@halyard/core'
import { guarded, oneOf, optionObject, type Given, type OptionSpec } from '@halyard/core/options'
import { parseHostRule, type HostRule } from './host-rule.ts'

/** Where a client must not connect to, whoever chose the URL. */
export interface GuardOptions {
  /**
   * Whether addresses that are not public may be connected to: private, loopback, link-local, of metadata services,
   * shared, multicast, reserved, and IPv6 forms of IPv4. Judged is the address of the connection. @defaultValue 'allow'
   */
  readonly privateNetworks?: 'allow' | 'deny' | undefined
  /**
   * Whether a path of a call may be a URL of its own. The facade's: a transport knows no paths. @defaultValue 'allow'
   */
  readonly absoluteUrls?: 'allow' | 'deny' | undefined
  /**
   * Exceptions of `privateNetworks: 'deny'`: `host`, `*.host`, an address, a block such as `10.0.0.0/8`, each with
   * or without `:port`; `unix:/path` for a socket.
   */
  readonly allow?: readonly string[] | undefined
  /** Never connected to, written as in `allow`; stronger than `allow`. */
  readonly deny?: readonly string[] | undefined
  /** @defaultValue ['http', 'https'] */
  readonly schemes?: readonly ('http' | 'https')[] | undefined
}

export const guardDefaults = {
  privateNetworks: 'allow',
  absoluteUrls: 'allow',
  schemes: ['http', 'https'],
} as const

/** The rules of one list. */
interface RuleList {
  readonly hosts: readonly HostRule[]
  readonly sockets: readonly string[]
}

export interface GuardRules {
  readonly privateNetworks: 'allow' | 'deny'
  readonly allow: RuleList
  readonly deny: RuleList
  readonly schemes: readonly string[]
}

type Scheme = 'http' | 'https'
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
const isSchemes = (value: unknown): value is readonly Scheme[] =>
  isTexts(value) && value.length > 0 && value.every((one) => one === 'http' || one === 'https')
const texts = guarded(isTexts, 'a list of hosts, addresses and blocks')
const verdict = oneOf('allow', 'deny')

const rules: OptionSpec<readonly string[]> = (value, option) => {
  const list = texts(value, option)
  for (const [index, text] of list.entries()) {
    if (!text.startsWith('unix:') && parseHostRule(text) === undefined) {
      const expected = "a host, '*.host', an address, a block that begins where it says, or 'unix:/path'"
      throw new ConfigError({ option: `${option}[${index}]`, value: text, expected })
    }
  }
  return list
}

/** Checks `guard`. @throws ConfigError for a rule that cannot be read. */
export const guardSpec: OptionSpec<Given<GuardOptions>> = optionObject({
  privateNetworks: verdict,
  absoluteUrls: verdict,
  allow: rules,
  deny: rules,
  schemes: guarded(isSchemes, "a list of 'http' and 'https'"),
})

/** What of `guard` is about connections; `undefined` where that is nothing. */
export function guardRules(own: Given<GuardOptions> | undefined): GuardRules | undefined {
  if (own === undefined) return undefined
  const { privateNetworks = guardDefaults.privateNetworks, schemes = guardDefaults.schemes } = own
  const deny = ruleList(own.deny)
  const idle = privateNetworks === 'allow' && own.deny === undefined && own.schemes === undefined
  return idle ? undefined : { privateNetworks, allow: ruleList(own.allow), deny, schemes }
}

function ruleList(texts: readonly string[] = []): RuleList {
  return {
    hosts: texts.map(parseHostRule).filter((rule) => rule !== undefined),
    sockets: texts.filter((text) => text.startsWith('unix:')).map((text) => text.slice('unix:'.length)),
  }
}
