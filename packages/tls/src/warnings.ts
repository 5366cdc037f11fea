let warnedOfInsecure = false
let warnedOfEnvironment = false

/** Says, once per process, that certificates are not checked. */
export function warnOfInsecure(): void {
  if (warnedOfInsecure) return
  warnedOfInsecure = true
  process.emitWarning('tls.insecure is set: connections of this client trust any server', {
    type: 'SecurityWarning',
    code: 'HALYARD_TLS_INSECURE',
  })
}

/** Says, once per process, that an environment variable which weakens TLS is set, and has no effect here. */
export function warnOfEnvironment(): void {
  if (warnedOfEnvironment || process.env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return
  warnedOfEnvironment = true
  process.emitWarning(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect on Halyard: certificates are checked. For tests there is tls.insecure',
    { type: 'SecurityWarning', code: 'HALYARD_TLS_ENVIRONMENT' },
  )
}
