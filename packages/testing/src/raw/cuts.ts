import { eventLoopTurn } from '../time/event-loop-turn.ts'
import type { RawConnection } from './raw-connection.ts'

/** An answer that is cut off. */
export interface Cut {
  /** `in chunk, by RST` */
  readonly name: string
  readonly by: 'FIN' | 'RST'
  /** How many bytes of the body were sent. After RST fewer may arrive. */
  readonly bodyBytes: number
  /** Whether the head was sent whole. */
  readonly headSent: boolean
  /** Takes one request, sends a part of an answer, and cuts. */
  readonly play: (connection: RawConnection) => Promise<void>
}

const byLength = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 20\r\n\r\n'
const chunked = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n'

const places = [
  { where: 'before head', sent: '', bodyBytes: 0, headSent: false },
  { where: 'in head', sent: 'HTTP/1.1 200 OK\r\ncontent-le', bodyBytes: 0, headSent: false },
  { where: 'in body by length', sent: `${byLength}0123456`, bodyBytes: 7, headSent: true },
  { where: 'in chunk', sent: `${chunked}5\r\n01234\r\na\r\n567`, bodyBytes: 8, headSent: true },
  { where: 'without last chunk', sent: `${chunked}5\r\n01234\r\n`, bodyBytes: 5, headSent: true },
]

/**
 * The ways to cut an answer off, each by FIN and by RST. None may ever be taken for a whole answer.
 *
 * @example
 * ```ts
 * test.each(cuts)('$name', async ({ play }) => {
 *   await using server = await rawServer(play)
 * })
 * ```
 */
export const cuts: readonly Cut[] = places.flatMap(({ where, sent, bodyBytes, headSent }) =>
  (['FIN', 'RST'] as const).map((by) => ({
    name: `${where}, by ${by}`,
    by,
    bodyBytes,
    headSent,
    play: async (connection: RawConnection): Promise<void> => {
      await connection.receiveRequest()
      if (sent !== '') await connection.send(sent)
      // A client that finds the bytes and the RST at once may be told of an end: libuv does so. One in this process has
      // read by then.
      if (by === 'RST') for (let turns = 0; turns < 3; turns += 1) await eventLoopTurn()
      await (by === 'FIN' ? connection.end() : connection.reset())
    },
  })),
)
