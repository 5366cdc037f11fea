import type { ConnectionOptions } from 'node:tls'
import type { TlsSource } from '@halyard/tls'
import type { TlsSetting } from '@halyard/transport'

/** The same TLS, with the name of an endpoint that is asked by its address. */
export function namedSource(source: TlsSource | undefined, servername: string): TlsSetting {
  if (source === undefined) return named(undefined, servername)
  let base: ConnectionOptions | undefined
  let made: ConnectionOptions = named(undefined, servername)
  return {
    current: () => {
      const now = source.current()
      if (now === base) return made
      base = now
      // A name that came with new material is the user's own.
      made = now.servername === undefined ? named(now, servername) : now
      return made
    },
    verify: (socket, host, chain) => source.verify(socket, host, chain),
    open: (runtime) => source.open(runtime),
    get sessionReuse(): boolean {
      return source.sessionReuse
    },
    get handshakeTimeoutMs(): number {
      return source.handshakeTimeoutMs
    },
  }
}

/** Without a prototype: Node reads names of it that are not here. */
function named(options: ConnectionOptions | undefined, servername: string): ConnectionOptions {
  return Object.assign(Object.create(null), options, { servername })
}
