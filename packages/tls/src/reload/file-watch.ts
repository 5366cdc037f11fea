import { stat } from 'node:fs/promises'
import type { CancelTimer, HostRuntime } from '@halyard/core'

/**
 * Looks at files until the client closes; `onLook` hears at each look whether one of them is another than before. Not
 * every file system tells of changes, and a rename of a whole folder is what some orchestrators do.
 */
export function watchFiles(
  paths: readonly string[],
  everyMs: number,
  runtime: HostRuntime,
  onLook: (changed: boolean) => void,
): void {
  let closed = false
  let before: string | undefined
  let cancel: CancelTimer | undefined
  const look = async (): Promise<void> => {
    const now = (await Promise.all(paths.map(stateOf))).join(' ')
    if (closed) return
    const changed = before !== undefined && now !== before
    before = now
    onLook(changed)
    cancel = runtime.after(everyMs, () => void look())
  }
  runtime.onClose(() => {
    closed = true
    cancel?.()
  })
  void look()
}

async function stateOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs}/${size}/${ino}`
  } catch {
    return 'gone'
  }
}
