/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  /** The certificates between this one and the root, nearest first; absent where the root issued it. */
  readonly chain?: string
  /** The root's certificate: what a client has to trust. */
  readonly authority: string
}

/** What a certificate is to say. */
export interface CertificateRequest {
  /**
   * DNS names and IP addresses.
   * @defaultValue `['localhost', '127.0.0.1', '::1']`
   */
  readonly names?: readonly string[]
  /** @defaultValue an hour ago */
  readonly notBefore?: Date
  /** @defaultValue in a day */
  readonly notAfter?: Date
  /** @defaultValue the first name */
  readonly commonName?: string
  /** Leaves the subject alternative names out: then only the common name says whom it is for. */
  readonly noSan?: boolean
  /** @defaultValue `'server'` */
  readonly usages?: 'server' | 'client' | 'both'
}
