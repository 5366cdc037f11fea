/** What halyard is to reach in a scenario. */
export interface Goal {
  readonly what: string
  readonly value: number
  readonly atLeast?: number
  readonly atMost?: number
  readonly unit?: string
}

/** One line with the figure, and whether it is reached. */
export function verdict({ what, value, atLeast, atMost, unit = 'x' }: Goal): string {
  const reached = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
  const wanted = [
    atLeast === undefined ? [] : [`>= ${atLeast}${unit}`],
    atMost === undefined ? [] : [`<= ${atMost}${unit}`],
  ].flat()
  return `${reached ? 'pass' : 'MISS'}  ${what}: ${value.toFixed(2)}${unit} (${wanted.join(', ')})`
}
