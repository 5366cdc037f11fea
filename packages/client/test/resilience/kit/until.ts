import { turn } from '../../support/thrown.ts'

/** What never holds is a failure, not a test that hangs. */
const mostMs = 60_000

/** Lets the event loop turn until something holds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const startedAt = performance.now()
  while (!holds()) {
    if (performance.now() - startedAt > mostMs) throw new Error(`waited in vain: ${what}`)
    await turn()
  }
}

/** So many turns that whatever was on its way on loopback has arrived. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) await turn()
}
