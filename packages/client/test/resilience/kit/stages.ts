import type { RawConnection } from '@halyard/testing'

/** Where a connection breaks, and what may be concluded from that. */
export interface Stage {
  readonly name: string
  /**
   * `unsent`: nothing of the request left · `unknown`: it left, and there is no answer · `answered`: the caller has the
   * head of the answer.
   */
  readonly reach: 'unsent' | 'unknown' | 'answered'
  /** It breaks in the body of the request: there must be one, and it must be larger than what a socket takes at once. */
  readonly inRequestBody?: boolean
  /** Plays the fault; `headTaken` resolves when the caller has the head of the answer. */
  readonly play: (connection: RawConnection, headTaken: Promise<void>) => Promise<void>
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 20\r\n\r\n'

export const stages: readonly Stage[] = [
  {
    name: 'the port is closed',
    reach: 'unsent',
    play: (connection) => connection.reset(),
  },
  {
    name: 'reset after it was accepted, nothing taken',
    reach: 'unknown',
    play: async (connection) => {
      // Without this it is left to chance whether the request had left.
      await new Promise((resolve) => void connection.socket.once('data', resolve))
      await connection.reset()
    },
  },
  {
    name: 'reset in the body of the request',
    reach: 'unknown',
    inRequestBody: true,
    play: async (connection) => {
      await connection.receiveHead()
      await connection.receiveBytes(1_000)
      await connection.reset()
    },
  },
  {
    name: 'reset before the answer',
    reach: 'unknown',
    play: async (connection) => {
      await connection.receiveRequest()
      await connection.reset()
    },
  },
  {
    name: 'cut in the head of the answer',
    reach: 'unknown',
    play: async (connection) => {
      await connection.receiveRequest()
      await connection.send('HTTP/1.1 200 OK\r\ncontent-le')
      await connection.end()
    },
  },
  {
    name: 'reset after the head of the answer',
    reach: 'answered',
    play: async (connection, headTaken) => {
      await connection.receiveRequest()
      await connection.send(head)
      await headTaken
      await connection.reset()
    },
  },
  {
    name: 'reset in the body of the answer',
    reach: 'answered',
    play: async (connection, headTaken) => {
      const { method } = await connection.receiveRequest()
      await connection.send(method === 'HEAD' ? head : `${head}0123456`)
      await headTaken
      await connection.reset()
    },
  },
]
