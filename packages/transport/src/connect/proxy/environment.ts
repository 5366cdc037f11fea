import { isExempt, isLoopback, parseNoProxy } from './no-proxy.ts'
import { ProxyServer } from './proxy-server.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxies that the environment names, read once: `https_proxy` or `HTTPS_PROXY` for https, `http_proxy` for http
 * (in lower case alone: under CGI a request's `Proxy` header sets the other), else `all_proxy` or `ALL_PROXY`; none for
 * `no_proxy` or `NO_PROXY`, nor for this machine itself.
 * @throws ConfigError for a variable that is not a proxy's URL; one without a scheme is http.
 */
export function environmentProxies(environment: Environment): (target: URL) => ProxyServer | undefined {
  const read = (...names: readonly string[]): ProxyServer | undefined => {
    for (const name of names) {
      // Own ones alone: a polluted Object.prototype names no proxy.
      const text = Object.hasOwn(environment, name) ? environment[name]?.trim() : undefined
      if (text === undefined || text === '') continue
      return new ProxyServer({ url: /^[a-z][a-z0-9]*:\/\//i.test(text) ? text : `http://${text}` }, `proxy (${name})`)
    }
    return undefined
  }
  const any = read('all_proxy', 'ALL_PROXY')
  const secure = read('https_proxy', 'HTTPS_PROXY') ?? any
  const plain = read('http_proxy') ?? any
  const exempt = ['no_proxy', 'NO_PROXY'].find((name) => Object.hasOwn(environment, name))
  const noProxy = parseNoProxy(exempt === undefined ? '' : (environment[exempt] ?? ''))
  return (target) => {
    if (isLoopback(target) || isExempt(noProxy, target)) return undefined
    return target.protocol === 'https:' ? secure : plain
  }
}
