import { boolean, integer, optionObject, string } from '@halyard/core/options'
import { ChunkSource, leaveUnread } from '../iteration/chunk-source.ts'
import { EventParser, type EventParserInit } from './event-parser.ts'
import type { ServerSentEvent } from './server-sent-event.ts'
import { leavable, type Visit } from '../iteration/visit.ts'

export interface ParseEventsOptions {
  /**
   * The lines of one event, and of one comment; more is a BodyError `too-large`.
   * @defaultValue 1_048_576
   */
  readonly maxEventBytes?: number | undefined
  /**
   * Gives comments, too, each as soon as it is there: items whose `comment` is set.
   * @defaultValue false
   */
  readonly comments?: boolean | undefined
  /**
   * For messages: method and URL without its query.
   * @defaultValue none
   */
  readonly target?: string | undefined
}

/** What one event holds at most, unless somebody says otherwise. */
export const defaultMaxEventBytes = 1_048_576

const parseOptions = optionObject({ maxEventBytes: integer({ min: 1 }), comments: boolean, target: string })

/**
 * The events of one `text/event-stream` (HTML §9.2.6), in UTF-8. An event that its blank line does not end is dropped, as
 * the standard has it. Leaving, also while an event is awaited, lets go of the chunks.
 *
 * @throws ConfigError for wrong options, at once; BodyError `too-large` for an event beyond `maxEventBytes`; what the
 * chunks throw, as it is.
 */
export function parseEvents(
  chunks: AsyncIterable<Uint8Array>,
  options: ParseEventsOptions = {},
): AsyncIterable<ServerSentEvent> {
  const { maxEventBytes = defaultMaxEventBytes, comments = false, target = '' } = parseOptions(options, '')
  return leavable(
    (visit) => eventsOf(chunks, { maxEventBytes, comments, target, lastEventId: '' }, visit),
    () => leaveUnread(chunks),
  )
}

async function* eventsOf(
  chunks: AsyncIterable<Uint8Array>,
  init: EventParserInit,
  visit: Visit,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const source = new ChunkSource(chunks, visit)
  const parser = new EventParser(init)
  try {
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) {
      parser.push(chunk)
      for (let event = parser.take(); event !== undefined; event = parser.take()) yield event
    }
  } finally {
    await source.close()
  }
}
