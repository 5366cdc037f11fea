import { expect } from 'vitest'
import type { TransferProgress } from '../../../src/transfer/index.ts'

/** A listener, and what it was told. */
export function recorder(): {
  readonly told: TransferProgress[]
  readonly listen: (progress: TransferProgress) => void
} {
  const told: TransferProgress[] = []
  return { told, listen: (progress: TransferProgress) => void told.push(progress) }
}

/** Told from 0 to `bytes` in order, no step larger than `most`, and that it is whole. */
export function expectWhole(told: readonly TransferProgress[], bytes: number, most: number = Infinity): void {
  expect(told[0]?.transferredBytes).toBe(0)
  let before = 0
  for (const { transferredBytes } of told) {
    expect(transferredBytes).toBeGreaterThanOrEqual(before)
    expect(transferredBytes - before).toBeLessThanOrEqual(most)
    before = transferredBytes
  }
  expect(told.at(-1)).toMatchObject({ transferredBytes: bytes, totalBytes: bytes, ratio: 1, etaMs: 0 })
}

export function bytesTold(told: readonly TransferProgress[]): number[] {
  return told.map(({ transferredBytes }) => transferredBytes)
}
