import { rawServer, type FakeClock, type RawServer } from '@halyard/testing'

/** A server that says what it is told, one answer after the other, the last one again and again; `undefined`: nothing. */
export interface AnswerServer {
  readonly server: RawServer
  /** The time on the clock at which each request came. */
  readonly at: readonly number[]
}

export async function answerServer(clock: FakeClock, answers: readonly (string | undefined)[]): Promise<AnswerServer> {
  const at: number[] = []
  const server = await rawServer(async (connection) => {
    for (;;) {
      await connection.receiveRequest()
      const answer = answers[Math.min(at.length, answers.length - 1)]
      at.push(clock.now())
      if (answer === undefined) await connection.stall()
      else await connection.send(answer)
    }
  })
  return { server, at }
}

/** An answer with a status and some fields, and no `Date` unless it is among them. */
export function answer(status: number, fields: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ 'content-length': '4', ...fields }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\nbody`
}
