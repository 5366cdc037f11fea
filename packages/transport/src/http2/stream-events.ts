import type { ClientHttp2Stream } from 'node:http2'

/** What happens on a stream, but for its data. */
export interface StreamListener {
  /** `fields` are names and values in turn. */
  onHead(status: number, fields: readonly string[]): void
  onInterim(status: number, fields: readonly string[]): void
  onTrailers(fields: readonly string[]): void
  onFailure(error: Error): void
  onClose(): void
}

/**
 * Hears a stream's events where they are emitted: to register five listeners cost more than a tenth of a whole call.
 * Listeners of others are told as ever, but that an error without one is not thrown.
 */
export function listenTo(stream: ClientHttp2Stream, listener: StreamListener): void {
  const emit = stream.emit.bind(stream)
  stream.emit = (event: string | symbol, first?: unknown, second?: unknown, third?: unknown): boolean => {
    switch (event) {
      case 'response':
        listener.onHead(statusOf(first), listOf(third))
        break
      case 'headers':
        listener.onInterim(statusOf(first), listOf(third))
        break
      case 'trailers':
        listener.onTrailers(listOf(third))
        break
      case 'error':
        listener.onFailure(first instanceof Error ? first : new Error('the stream failed', { cause: first }))
        if (stream.listenerCount('error') === 0) return false
        break
      case 'close':
        listener.onClose()
    }
    return emit(event, first, second, third)
  }
}

function statusOf(head: unknown): number {
  const status: unknown =
    typeof head === 'object' && head !== null && Object.hasOwn(head, ':status') ? Reflect.get(head, ':status') : 0
  return typeof status === 'number' ? status : 0
}

function listOf(fields: unknown): readonly string[] {
  return Array.isArray(fields) ? fields : []
}
