import type { TransferProgress } from '@halyard/client'
import { SingleBar } from 'cli-progress'

/** A bar that follows a transfer. Drawn on a terminal, and nowhere else. */
export interface ProgressBar {
  readonly follow: (progress: TransferProgress) => void
  /** Takes the bar away. */
  stop(): void
}

export function progressBar(label: string): ProgressBar {
  const bar = new SingleBar({
    format: `   ${label.padEnd(8)}{bar} {percentage}% of {mib} MiB, {rate} MiB/s`,
    hideCursor: true,
    clearOnComplete: true,
  })
  bar.start(1, 0, { mib: '?', rate: '?' })
  return {
    follow: ({ ratio = 0, totalBytes = 0, bytesPerSecond }) =>
      bar.update(ratio, { mib: (totalBytes / 2 ** 20).toFixed(0), rate: (bytesPerSecond / 2 ** 20).toFixed(0) }),
    stop: () => bar.stop(),
  }
}
