import { isStrongTag, parseFixedDate, type Validator } from './validator.ts'

/** Bytes from `first` up to, not including, `end`. */
export interface Stretch {
  readonly first: number
  readonly end: number
}

/** What is known of a file of which there is a part. */
export interface PartFacts {
  readonly validator: Validator
  /** `undefined` where the server did not say. */
  readonly totalBytes: number | undefined
}

/** What is written beside a part. */
export interface Sidecar extends PartFacts {
  /** The part is written from its beginning on: it is good as far as it goes. Else only what is `done` is. */
  readonly inOrder: boolean
  /** Sorted, with gaps between them. */
  readonly done: readonly Stretch[]
}

const version = 1
/** Pieces are handed out from the beginning on, so that there are few gaps. */
const mostStretches = 1_000
/** What a sidecar of so many takes at most. */
export const sidecarBytes = 65_536

export function formatSidecar({ validator, totalBytes, inOrder, done }: Sidecar): string {
  return JSON.stringify({
    version,
    validator: [validator.kind, validator.value],
    total: totalBytes ?? null,
    inOrder,
    done: done.map(({ first, end }) => [first, end]),
  })
}

/** Reads what `formatSidecar` wrote; `undefined` for anything else. */
export function parseSidecar(text: string): Sidecar | undefined {
  const facts = ownFields(parseJson(text))
  const validator = validatorOf(facts.get('validator'))
  const total = facts.get('total')
  const inOrder = facts.get('inOrder')
  if (facts.get('version') !== version || validator === undefined || typeof inOrder !== 'boolean') return undefined
  if (total !== null && !isSize(total)) return undefined
  const totalBytes = total ?? undefined
  const done = stretchesOf(facts.get('done'), totalBytes)
  return done === undefined ? undefined : { validator, totalBytes, inOrder, done }
}

/** Adds a stretch to a sorted list, and joins those that touch. */
export function withStretch(done: readonly Stretch[], added: Stretch): Stretch[] {
  if (added.first >= added.end) return [...done]
  let { first, end } = added
  const before: Stretch[] = []
  const after: Stretch[] = []
  for (const stretch of done) {
    if (stretch.end < first) before.push(stretch)
    else if (stretch.first > end) after.push(stretch)
    else {
      first = Math.min(first, stretch.first)
      end = Math.max(end, stretch.end)
    }
  }
  return [...before, { first, end }, ...after]
}

/** What is not done of `totalBytes`, in pieces of at most `pieceBytes`, from the beginning on. */
export function* missingStretches(
  done: readonly Stretch[],
  totalBytes: number,
  pieceBytes: number,
): Generator<Stretch, void, undefined> {
  let at = 0
  for (const { first, end } of [...done, { first: totalBytes, end: totalBytes }]) {
    for (; at < first; at += pieceBytes) yield { first: at, end: Math.min(first, at + pieceBytes) }
    at = end
  }
}

export function bytesIn(done: readonly Stretch[]): number {
  return done.reduce((sum, { first, end }) => sum + end - first, 0)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function ownFields(value: unknown): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

function validatorOf(value: unknown): Validator | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [kind, said]: readonly unknown[] = value
  if (typeof said !== 'string') return undefined
  if (kind === 'etag') return isStrongTag(said) ? { kind, value: said } : undefined
  return kind === 'last-modified' && parseFixedDate(said) !== undefined ? { kind, value: said } : undefined
}

function stretchesOf(value: unknown, totalBytes: number | undefined): Stretch[] | undefined {
  if (!Array.isArray(value) || value.length > mostStretches) return undefined
  const pairs: readonly unknown[] = value
  const stretches: Stretch[] = []
  let last = -1
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined
    const [first, end]: readonly unknown[] = pair
    if (!isSize(first) || !isSize(end) || first <= last || end <= first) return undefined
    stretches.push({ first, end })
    last = end
  }
  return last > (totalBytes ?? Infinity) ? undefined : stretches
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
