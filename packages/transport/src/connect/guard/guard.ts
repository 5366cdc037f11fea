import type { LookupAddress } from 'node:dns'
import { RejectedError } from '@halyard/core'
import type { GuardRules } from './guard-options.ts'
import { hostOf, matchesAddress, matchesName, portOf } from './host-rule.ts'
import { parseIp } from './ip-address.ts'
import { embeddedIpv4, specialAddress } from './special-addresses.ts'

/** Names that mean a private network by themselves (RFC 6761, RFC 6762 appendix G, RFC 8375). */
const privateNames = /(?:^|\.)(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa)$/

const loopback = [parseIp('127.0.0.1'), parseIp('::1')].filter((ip) => ip !== undefined)

/**
 * Judges connections before they are made: the target by its name, then each address that would be connected to. The
 * addresses that it returns are used as they are, so no second look-up can put others in their place.
 */
export class Guard {
  readonly #rules: GuardRules

  constructor(rules: GuardRules) {
    this.#rules = rules
  }

  /** @throws RejectedError for a scheme, name or address that is not let through. */
  checkTarget(target: URL): void {
    this.#checkName(target)
    const address = parseIp(hostOf(target))
    if (address !== undefined) this.#check(target, hostOf(target))
    // RFC 6761 §6.3: whatever a resolver makes of it.
    else if (/(?:^|\.)localhost$/.test(hostOf(target))) this.#checkLoopback(target)
  }

  /** For targets that a proxy resolves. @throws RejectedError for names that only a private network gives a meaning. */
  checkUnresolved(target: URL): void {
    this.checkTarget(target)
    const host = hostOf(target)
    if (parseIp(host) !== undefined || this.#rules.privateNetworks === 'allow' || this.#allowsName(target)) return
    if (privateNames.test(host) || !host.includes('.'))
      throw refusal(target, `${host} is a name of private networks (guard.privateNetworks)`)
  }

  /** Those of the addresses that may be connected to. @throws RejectedError where none is left. */
  screen(target: URL, addresses: readonly LookupAddress[]): readonly LookupAddress[] {
    let refused: unknown
    const admitted = addresses.filter(({ address }) => {
      try {
        this.#check(target, address)
        return true
      } catch (error) {
        refused ??= error
        return false
      }
    })
    if (admitted.length === 0 && refused !== undefined) throw refused
    return admitted
  }

  /** @throws RejectedError for a unix socket that is not let through. */
  checkSocket(target: URL, path: string): void {
    this.#checkName(target)
    const { deny, allow, privateNetworks } = this.#rules
    if (deny.sockets.includes(path)) throw refusal(target, 'the socket is denied (guard.deny)')
    if (privateNetworks === 'allow' || allow.sockets.includes(path) || this.#allowsName(target)) return
    throw refusal(target, 'it is a unix socket (guard.privateNetworks)')
  }

  #checkName(target: URL): void {
    const { schemes, deny } = this.#rules
    const scheme = target.protocol.slice(0, -1)
    if (!schemes.includes(scheme)) throw refusal(target, `only ${schemes.join(' and ')} may be used (guard.schemes)`)
    const rule = deny.hosts.find((one) => matchesName(one, hostOf(target), portOf(target)))
    if (rule !== undefined) throw refusal(target, `${hostOf(target)} is denied by '${rule.text}' (guard.deny)`)
  }

  #check(target: URL, text: string): void {
    const { deny, allow, privateNetworks } = this.#rules
    const address = parseIp(text)
    // A resolver's answer that is no address would be resolved once more, unseen.
    if (address === undefined) throw refusal(target, 'what it resolves to is no IP address')
    const port = portOf(target)
    const shown = text === hostOf(target) ? text : `${hostOf(target)} resolves to ${text}, which`
    const reachable = [address, ...embeddedIpv4(address)]
    const rule = deny.hosts.find((one) => reachable.some((ip) => matchesAddress(one, ip, port)))
    if (rule !== undefined) throw refusal(target, `${shown} is denied by '${rule.text}' (guard.deny)`)
    if (privateNetworks === 'allow' || this.#allowsName(target)) return
    if (allow.hosts.some((one) => matchesAddress(one, address, port))) return
    const why = specialAddress(address)
    if (why !== undefined) throw refusal(target, `${shown} is ${why} (guard.privateNetworks)`)
  }

  #checkLoopback(target: URL): void {
    const { allow, privateNetworks } = this.#rules
    if (privateNetworks === 'allow' || this.#allowsName(target)) return
    const allowed = loopback.some((ip) => allow.hosts.some((one) => matchesAddress(one, ip, portOf(target))))
    if (!allowed) throw refusal(target, `${hostOf(target)} is loopback (guard.privateNetworks)`)
  }

  #allowsName(target: URL): boolean {
    return this.#rules.allow.hosts.some((rule) => matchesName(rule, hostOf(target), portOf(target)))
  }
}

function refusal(target: URL, why: string): RejectedError {
  return new RejectedError(`${target.origin}: refused: ${why}`, { by: 'guard', sent: 'no', target: target.origin })
}
