/** What is used of the one module of undici that is loaded; see docs/decisions/0014. */
declare module 'undici/lib/dispatcher/client.js' {
  /** One connection. Typed here, for undici's own types speak of its entry point. */
  export default class Client {
    constructor(origin: string, options: object)
    readonly stats: { readonly pending: number; readonly running: number }
    dispatch(options: object, handler: object): boolean
    destroy(error?: Error): Promise<void>
    on(event: 'disconnect' | 'connectionError' | 'drain' | 'error', listener: () => void): this
  }
}
