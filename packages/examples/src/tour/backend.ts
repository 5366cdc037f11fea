import { createServer, type Server } from 'node:http'

/** A server that can be killed, and started again at its address. */
export class Backend {
  /** Answers since somebody set it to 0. */
  answered = 0
  readonly #server: Server
  #port = 0
  #onAnswer: () => void = () => undefined

  private constructor() {
    this.#server = createServer((_request, response) => {
      this.answered += 1
      response.end('ok')
      this.#onAnswer()
    })
  }

  static async start(): Promise<Backend> {
    const backend = new Backend()
    await backend.restart()
    return backend
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** When it has answered so often. */
  after(answers: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onAnswer = () => {
        if (this.answered >= answers) resolve()
      }
    })
  }

  /** At once: what is in flight is cut. */
  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async restart(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address !== null && typeof address !== 'string') this.#port = address.port
  }
}
