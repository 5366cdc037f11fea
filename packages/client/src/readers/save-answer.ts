import type { SavedFile, SaveOptions } from '@halyard/streaming/download'
import { ReopenedAnswer, type AnswerParts } from './reopened-answer.ts'

/** Saves an answer that is here, whatever its status: whoever awaited it has seen that. */
export async function saveAnswer(
  parts: AnswerParts,
  path: string | URL,
  options: SaveOptions | undefined,
): Promise<SavedFile> {
  const answer = new ReopenedAnswer(parts)
  try {
    // Loaded where there is something to save: most programs have nothing.
    const { download } = await import('@halyard/streaming/download')
    const source = {
      target: answer.target,
      ranged: answer.ranged,
      open: (headers: Readonly<Record<string, string>>) => answer.open(headers),
      check: () => Promise.resolve(),
    }
    return await download(source, path, options ?? {}, parts.sender.runtime)
  } finally {
    await answer.letGo()
  }
}
