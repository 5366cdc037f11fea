import { turn } from '../../support/thrown.ts'

/** Lets the event loop turn until something holds. What never holds is a failure, not a test that hangs. */
export async function until(holds: () => boolean, what: string, mostTurns = 200_000): Promise<void> {
  for (let turns = 0; !holds(); turns += 1) {
    if (turns === mostTurns) throw new Error(`waited in vain: ${what}`)
    await turn()
  }
}

/** So many turns that whatever was on its way on loopback has arrived. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) await turn()
}
