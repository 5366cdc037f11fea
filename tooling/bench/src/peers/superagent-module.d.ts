/** What is used of superagent, which has no types. */
declare module 'superagent' {
  import type { Agent } from 'node:http'

  interface Request extends PromiseLike<{ readonly body: unknown }> {
    agent(agent: Agent): this
    send(body: object): this
  }
  const superagent: { get(url: string): Request; post(url: string): Request }
  export default superagent
}
