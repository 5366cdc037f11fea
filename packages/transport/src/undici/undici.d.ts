/** What is used of undici's modules; see docs/decisions/0014. */
declare module 'undici/lib/dispatcher/client.js' {
  /** One connection. Typed here, for undici's own types speak of its entry point. */
  export default class Client {
    constructor(origin: string, options: object)
    readonly stats: { readonly pending: number; readonly running: number }
    dispatch(options: object, handler: object): boolean
    destroy(error?: Error): Promise<void>
    on(event: 'connect' | 'disconnect' | 'connectionError' | 'drain' | 'error', listener: () => void): this
  }
}

declare module 'undici/lib/core/symbols.js' {
  const symbols: { readonly kHTTP2Session: symbol }
  export default symbols
}
