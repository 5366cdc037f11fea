import type { AuthProvider } from '../provider/auth-provider.ts'

/** Which origins credentials are for: a list, or a question that is asked with `https://api.example.com`. */
export type Origins = readonly string[] | ((origin: string) => boolean)

/** Credentials and where they go. */
export interface AuthRule {
  readonly origins: Origins
  /** `false`: none for these origins, whatever a later rule says. */
  readonly auth: AuthProvider | false
}

export interface AuthOptions {
  /**
   * The client's own origins. A provider that is given alone is for these, and a call's own credentials go to all of them
   * where the call began at one. A lone provider needs them. @defaultValue none
   */
  readonly origins?: Origins | undefined
  /** More header fields that count as secret, beside those that providers set. @defaultValue [] */
  readonly secretHeaders?: readonly string[] | undefined
}

/** What a call may say. */
export interface AuthCallOptions {
  /**
   * Credentials for this call instead of the client's; `false` is none. They go to the origin that the call began at, and
   * to the client's others if that is one of them.
   */
  readonly auth: AuthProvider | false
}
