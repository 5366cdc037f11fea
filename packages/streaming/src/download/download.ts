import { ConfigError, type Clock } from '@halyard/core'
import { isMismatch } from './checksum.ts'
import { findDestination } from './destination.ts'
import type { DownloadSource } from './download-source.ts'
import type { Draft } from './draft.ts'
import { Exchange } from './exchange.ts'
import { FileDownload } from './file-download.ts'
import { FileFaults } from './file-faults.ts'
import { Halt } from './halt.ts'
import { downloadRanges } from './ranged-download.ts'
import { ResumableDraft } from './resumable-draft.ts'
import { resolvePath, resolveSave, type ResolvedSave, type SavedFile, type SaveOptions } from './save-options.ts'
import { TemporaryDraft } from './temporary-draft.ts'

/**
 * Saves what a source answers to a file. It is written under another name in the same folder and gets its own when it
 * is whole and checked; a file that was there stays until then. Nothing is left of a download that failed, but with
 * `resume` for `<name>.part` and `<name>.part.json`, which the next one goes on with.
 *
 * Options and destination are checked before anything is sent.
 * @throws ConfigError for wrong options; BodyError with code `file` where the file system refuses, its error as the
 * cause (`EBUSY` while another download has the part); `decode` for an answer that is cut short, contradicts its own
 * fields or has another digest; `no-content` for one without the file; what the source and its bodies throw.
 */
export async function download(
  source: DownloadSource,
  path: string | URL,
  options: SaveOptions,
  clock: Clock,
): Promise<SavedFile> {
  const resolved = resolveSave(options)
  const given = resolvePath(path)
  if (source.ranged === true && (resolved.resume || resolved.parallel > 1)) {
    const option = resolved.resume ? 'saveTo.resume' : 'saveTo.parallel'
    const value = resolved.resume ? true : resolved.parallel
    throw new ConfigError({ option, value, expected: 'a request without a range of its own' })
  }
  return await save(source, given, resolved, clock)
}

async function save(source: DownloadSource, given: string, options: ResolvedSave, clock: Clock): Promise<SavedFile> {
  const { resume, durable, parallel } = options
  const byRanges = resume || parallel > 1
  const faults = new FileFaults(source.target)
  const destination = await findDestination(given, faults)
  const draft: Draft = resume
    ? await ResumableDraft.open(destination, durable, clock, faults)
    : await TemporaryDraft.open(destination, durable, faults)
  try {
    const exchange = new Exchange(source, faults, byRanges)
    const file = new FileDownload({ exchange, options, clock, draft, faults })
    const outcome =
      (byRanges ? await downloadRanges(file) : undefined) ?? (await file.whole(await exchange.openWhole(new Halt())))
    await draft.commit()
    return { path: given, ...outcome }
  } catch (error) {
    await draft.abandon(!isMismatch(error))
    throw error
  }
}
