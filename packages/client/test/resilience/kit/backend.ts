import { httpServer, type LocalServer, type ServerResponse } from '@halyard/testing'
import { Ports } from './ports.ts'

/** One of several servers of the same thing: it can be killed, brought back on its port, and made to hang. */
export class Backend {
  readonly origin: string
  /** Calls that came, health checks not counted; since it was started last. */
  calls = 0
  /** Health checks that came; since it was started last. */
  checks = 0
  /** Health checks that had come when the first call came. */
  checksBeforeCalls: number | undefined
  readonly #server: LocalServer
  readonly #ports: Ports
  readonly #setHanging: (hanging: boolean) => void

  private constructor(server: LocalServer, setHanging: (hanging: boolean) => void) {
    this.#server = server
    this.#ports = new Ports(server)
    this.#setHanging = setHanging
    this.origin = server.origin
  }

  /** Takes `workMs` for each call, as if it had something to do. */
  static async start(workMs: number): Promise<Backend> {
    let hanging = false
    let self: Backend | undefined
    const answer = (response: ServerResponse): void => void response.end('good')
    const server = await httpServer((request, response) => {
      const isCheck = request.url === '/health'
      self?.count(isCheck)
      // Accepts, reads, and never answers.
      if (hanging) return
      if (isCheck) answer(response)
      else setTimeout(answer, workMs, response)
    })
    self = new Backend(server, (value) => {
      hanging = value
    })
    return self
  }

  count(isCheck: boolean): void {
    if (isCheck) this.checks += 1
    else {
      this.checksBeforeCalls ??= this.checks
      this.calls += 1
    }
  }

  /** Its connections break, and its port is closed. */
  kill(): Promise<void> {
    return this.#ports.shut()
  }

  /** On the same port. */
  async restart(): Promise<void> {
    this.calls = 0
    this.checks = 0
    this.checksBeforeCalls = undefined
    await this.#ports.open()
  }

  hang(): void {
    this.calls = 0
    this.#setHanging(true)
  }

  recover(): void {
    this.#setHanging(false)
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}
