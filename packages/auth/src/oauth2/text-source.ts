import { ConfigError } from '@halyard/core'
import type { OptionSpec } from '@halyard/core/options'
import { Secret } from '../secret/secret.ts'
import type { Session } from './exchange.ts'
import { TokenFailure } from './oauth2-error.ts'
import { within } from './within.ts'

/** Text that must not be shown, or a function that gives it each time it is needed. */
export type TextSource = string | Secret | (() => string | Promise<string>)

const isMaker = (value: unknown): value is () => string | Promise<string> => typeof value === 'function'

export const textSource: OptionSpec<Secret | (() => string | Promise<string>)> = (value, option) => {
  if (isMaker(value) || value instanceof Secret) return value
  if (typeof value === 'string' && value !== '') return new Secret(value)
  const shown = value === '' ? 'empty text' : typeof value
  throw new ConfigError({ option, value: shown, expected: 'text that is not empty, or a function' })
}

/** @throws TokenFailure where a function fails, or gives no text; `what` names it */
export async function textOf(
  source: Secret | (() => string | Promise<string>),
  what: string,
  session: Session,
): Promise<string> {
  if (source instanceof Secret) return source.reveal()
  let made: unknown
  try {
    made = await within(source, `the ${what}`, session)
  } catch (error) {
    throw error instanceof TokenFailure ? error : new TokenFailure(`the ${what} could not be had`, { cause: error })
  }
  if (typeof made === 'string' && made !== '') return made
  throw new TokenFailure(`the ${what} is no text`)
}

/** What tells sources apart in a store's key; a function has nothing to be told apart by. */
export function nameOf(source: Secret | (() => string | Promise<string>)): string {
  return source instanceof Secret ? source.reveal() : ''
}
