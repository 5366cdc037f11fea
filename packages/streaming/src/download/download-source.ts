import type { HttpResponse } from '@halyard/core'

/** Where a download comes from: a request that can be sent several times. */
export interface DownloadSource {
  /** For messages: method and URL without its query. */
  readonly target: string
  /** The request has a `range` of the caller's own: a 206 is the file, and it can be neither resumed nor split. */
  readonly ranged?: boolean | undefined
  /** Sends the request with these fields added; any status. */
  open(headers: Readonly<Record<string, string>>): Promise<HttpResponse>
  /** Throws for a status that is a failure. */
  check(response: HttpResponse): Promise<void>
}
