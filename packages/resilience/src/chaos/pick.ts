/** One of a list by weight; `chance` is 0 (included) to 1 (excluded). The list has a weight above 0. */
export function pick<T extends { readonly weight: number }>(list: readonly T[], chance: number): T | undefined {
  let left = chance * list.reduce((sum, { weight }) => sum + weight, 0)
  for (const one of list) {
    left -= one.weight
    if (left < 0) return one
  }
  // Rounding.
  return list.findLast(({ weight }) => weight > 0)
}
