import type { FileHandle } from 'node:fs/promises'
import type { PartFacts, Sidecar, Stretch } from './sidecar.ts'

/** A file under its working name, until it is whole. */
export interface Draft {
  readonly handle: FileHandle
  /** What is said of it in messages. */
  readonly path: string
  /** What an earlier run has left, and can be trusted. */
  readonly earlier: Sidecar | undefined
  /** Whether a later run may go on with it: then it is written in order, and what came is kept when it fails. */
  readonly isKept: boolean
  /** Starts with an empty file. Without facts nothing of it can be used by a later run. */
  begin(facts: PartFacts | undefined, inOrder: boolean): Promise<void>
  /** Goes on with what is done already, and drops the rest; in order, from the end of its only stretch. */
  goOn(facts: PartFacts, done: readonly Stretch[], inOrder: boolean): Promise<void>
  /** Whether `record` should be called at this position of a file that is written in order. */
  wantsRecord(position: number): boolean
  /** These bytes are written. */
  record(stretch: Stretch): Promise<void>
  /** Gives the file its name. */
  commit(): Promise<void>
  /** Closes, and leaves nothing, or with `keep` what a later run can use. Never throws. */
  abandon(keep: boolean): Promise<void>
}
