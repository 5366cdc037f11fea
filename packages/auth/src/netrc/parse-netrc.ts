import { NetrcScanner } from './netrc-scanner.ts'

/** One entry: a host, or what holds for all others. Not to be printed. */
export interface NetrcEntry {
  /** In lower case; `undefined` for `default`. */
  readonly machine: string | undefined
  readonly login: string | undefined
  readonly password: string | undefined
}

/** What is wrong with a file, and where; nothing of the file is in it. */
export class NetrcFault extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

interface Draft {
  readonly machine: string | undefined
  login: string | undefined
  password: string | undefined
}

/**
 * Reads a netrc file: `machine`, `default`, `login`, `password`, `account` (which HTTP has no use for), macros (`macdef`, up
 * to the next empty line), comments from `#` to the end of the line where a keyword may stand, and values in quotes.
 * @throws NetrcFault
 */
export function parseNetrc(text: string): readonly NetrcEntry[] {
  const scanner = new NetrcScanner(text)
  const entries: Draft[] = []
  for (let word = scanner.keyword(); word !== undefined; word = scanner.keyword()) {
    const { line } = scanner
    if (word === 'macdef') {
      scanner.value()
      scanner.skipMacro()
      continue
    }
    if (word === 'default') {
      entries.push({ machine: undefined, login: undefined, password: undefined })
      continue
    }
    const value = scanner.value()
    if (value === undefined) throw new NetrcFault('a value is missing', line)
    const entry = entries.at(-1)
    if (word === 'machine') entries.push({ machine: value.toLowerCase(), login: undefined, password: undefined })
    else if (entry === undefined) throw new NetrcFault('a value before any machine', line)
    else if (word === 'login') entry.login ??= value
    else if (word === 'password') entry.password ??= value
    else if (word !== 'account') throw new NetrcFault('a word that is no keyword', line)
  }
  return entries
}

/** The entry for a host: the first with its name, or else the first `default`. */
export function entryFor(entries: readonly NetrcEntry[], host: string): NetrcEntry | undefined {
  const name = host.toLowerCase()
  return entries.find(({ machine }) => machine === name) ?? entries.find(({ machine }) => machine === undefined)
}
