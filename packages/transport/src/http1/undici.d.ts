/** What is used of undici's modules; see docs/decisions/0014. */
declare module 'undici/lib/dispatcher/client.js' {
  /** One connection. Typed here, for undici's own types speak of its entry point. */
  export default class Client {
    constructor(origin: string, options: object)
    dispatch(options: object, handler: object): boolean
    destroy(error?: Error): Promise<void>
    on(event: 'disconnect' | 'connectionError' | 'error', listener: () => void): this
  }
}
