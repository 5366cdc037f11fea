import type { HttpClient } from '@halyard/client'
import type { ServerHandler } from '@halyard/testing'

/** What a chapter plays on. */
interface Stage {
  readonly api: HttpClient
  readonly origin: string
}

/** One thing that Halyard does. A new one is a file in `chapters/` and a line in `contents.ts`. */
export interface Chapter {
  readonly title: string
  /** The idea in one line of code. */
  readonly code: string
  /** What the server answers for it, by path. */
  readonly routes: Readonly<Record<string, ServerHandler>>
  /** Does it, and returns what is to be shown: text, or a value. */
  run(stage: Stage): unknown
}
