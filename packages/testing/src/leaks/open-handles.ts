import { createHook } from 'node:async_hooks'

const kinds: Readonly<Record<string, string>> = {
  TCPWRAP: 'TCP socket',
  TCPSERVERWRAP: 'TCP server',
  PIPEWRAP: 'pipe or Unix socket',
  PIPESERVERWRAP: 'Unix socket server',
  UDPWRAP: 'UDP socket',
}

/**
 * Sockets and servers opened since `watchHandles` that are still open. Unlike `process.getActiveResourcesInfo` this
 * sees those that do not keep the process alive, as the idle connections of a pool.
 */
export interface HandleWatch {
  /** `2 × TCP socket`, one entry a kind. */
  open(): readonly string[]
  stop(): void
}

export function watchHandles(): HandleWatch {
  const open = new Map<number, string>()
  const hook = createHook({
    init: (id, type) => {
      const kind = kinds[type]
      if (kind !== undefined) open.set(id, kind)
    },
    destroy: (id) => void open.delete(id),
  }).enable()
  return {
    open: () => {
      const counts = new Map<string, number>()
      for (const kind of open.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
      return [...counts].map(([kind, count]) => `${count} × ${kind}`)
    },
    stop: () => void hook.disable(),
  }
}
