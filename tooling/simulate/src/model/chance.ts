/** Numbers from 0 (included) to 1 (excluded). */
export type Random = () => number

/** The same seed gives the same numbers (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The time to the next of events that come independently, one each `meanMs` on average. */
export function exponentialMs(random: Random, meanMs: number): number {
  return -meanMs * Math.log(1 - random())
}

/** A time as of services: half of them are below `medianMs`, a few much longer, the more the larger `sigma`. */
export function logNormalMs(random: Random, medianMs: number, sigma: number): number {
  // Box and Muller.
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return medianMs * Math.exp(sigma * normal)
}
