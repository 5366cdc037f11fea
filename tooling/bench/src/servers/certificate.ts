import { certificateAuthority } from '@halyard/testing'

export interface Certificate {
  readonly key: string
  readonly cert: string
  /** Who signed it. */
  readonly ca: string
}

/** For 127.0.0.1, from an authority made for it. */
export async function makeCertificate(): Promise<Certificate> {
  const authority = await certificateAuthority()
  const { key, cert } = await authority.issue({ names: ['127.0.0.1'] })
  return { key, cert, ca: authority.cert }
}
