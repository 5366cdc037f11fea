import { parseChallenges } from '../challenge/parse-challenges.ts'

/** Errors of RFC 6750 §3.1 that another token of the same kind does not change. */
const lasting = new Set(['invalid_request', 'insufficient_scope'])

/** Whether a new token may help after these `WWW-Authenticate` fields: unless each Bearer challenge says otherwise. */
export function mayRenew(fields: readonly string[]): boolean {
  const errors = parseChallenges(fields)
    .filter(({ scheme }) => scheme === 'bearer')
    .map(({ parameters }) => parameters.get('error'))
  return errors.length === 0 || errors.some((error) => error === undefined || !lasting.has(error))
}
