import type { Sample } from './load.ts'

/** The samples of each peer, one a round. */
export type Rounds = ReadonlyMap<string, readonly Sample[]>

/** Runs every peer once a round; each round starts with another one. */
export async function interleave(
  names: readonly string[],
  rounds: number,
  run: (name: string) => Promise<Sample>,
): Promise<Rounds> {
  const samples = new Map<string, Sample[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const from = Math.floor((round * names.length) / rounds)
    for (const name of [...names.slice(from), ...names.slice(0, from)]) samples.get(name)?.push(await run(name))
  }
  return samples
}
