import { decodeJson } from '@halyard/binding/json'
import { bind, type RecordReadOptions, type Schema, type Source } from '@halyard/binding/record'
import { isSafe, ValidationError } from '@halyard/core'
import { eventStream, type EventStreamOptions, type ServerSentEvent } from '@halyard/streaming/events'
import { signalOf } from '../call/call-options.ts'
import { schemaOption } from '../config/binding-config.ts'
import { AnswerSource } from './answer-source.ts'
import { ItemSource } from './item-source.ts'
import { mappedItems } from './mapped-items.ts'
import { ReopenedAnswer, type AnswerParts } from './reopened-answer.ts'

/** A server-sent event whose data was bound to a schema. */
export interface BoundEvent<Data> extends Omit<ServerSentEvent, 'data'> {
  readonly data: Data
}

/**
 * The events of an answer and, where it is cut, of those that follow it. The body is let go by who leaves.
 * @throws ConfigError for a wrong option, at once.
 */
export function eventReader(
  parts: AnswerParts,
  schema: Schema | undefined,
  options: EventStreamOptions | undefined,
): AsyncIterable<unknown> {
  const { request, response, call, sender, settings } = parts
  const answer = new ReopenedAnswer(parts)
  const bound = schema === undefined ? undefined : schemaOption(schema, 'schema')
  const events = eventStream(
    {
      target: answer.target,
      safe: isSafe(request.method),
      replayable: request.body?.replayable ?? true,
      signal: signalOf(call.options),
      // Of the call itself: any other is lifted for readers that stream.
      get deadlineAt() {
        return call.deadlineAt
      },
      open: (lastEventId) => answer.open(reopening(lastEventId)),
      check: (opened) => answer.check(opened),
    },
    sender.runtime,
    options,
  )
  if (bound === undefined) return events
  const source = new AnswerSource(response, request)
  return mappedItems(events, async (event, index) => {
    // It holds no data.
    if (event.comment !== undefined) return event
    const data = await bindData(bound, event.data, new ItemSource(source, `event ${index + 1}`), settings.binding)
    return { ...event, data }
  })
}

function reopening(lastEventId: string | undefined): Readonly<Record<string, string>> {
  return lastEventId === undefined ? {} : { accept: 'text/event-stream', 'last-event-id': lastEventId }
}

/** Data is JSON for most schemas; for one that takes the text itself, as `[DONE]` beside records, it is that. */
async function bindData(
  schema: Schema,
  data: string,
  source: Source,
  binding: RecordReadOptions | undefined,
): Promise<unknown> {
  let refused: unknown
  try {
    const value = decodeJson(encoder.encode(data), source, binding)
    return await bind(schema, value, source, { ...binding, format: 'json' })
  } catch (failure) {
    refused = failure
  }
  try {
    return await bind(schema, data, source, { ...binding, format: 'json' })
  } catch (failure) {
    throw failure instanceof ValidationError ? refused : failure
  }
}

const encoder = new TextEncoder()
