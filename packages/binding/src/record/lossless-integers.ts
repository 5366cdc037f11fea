import { chooseObject, type Choice } from './choose.ts'
import type { Shape } from './shape.ts'
import { walkShape } from './walk-shape.ts'

/**
 * JSON has one kind of numbers: where a schema wants big integers and nothing else, the small ones become that too.
 * For payloads that were read with `numbers: 'lossless'`.
 */
export function widenIntegers(value: unknown, shape: Shape): unknown {
  return walkShape(value, shape, {
    change: (one, wanted) => {
      const widens = typeof one === 'number' && Number.isSafeInteger(one) && wanted.bigint && !wanted.number
      return widens && wanted.literals.get(String(one)) !== one ? BigInt(one) : one
    },
    choose: (one, wanted) => chooseObject(wanted, one, choice),
  })
}

const choice: Choice = {
  fits: (value, shape) =>
    shape.literals.get(String(value)) === value ||
    (typeof value === 'string' ? shape.text : shape.number || shape.boolean || shape.bigint),
  mayLack: () => false,
  mustKnow: () => true,
}
