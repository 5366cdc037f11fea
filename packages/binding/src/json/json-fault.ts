/** What is wrong with a JSON text, and where; the words hold nothing of the text. */
export class JsonFault extends Error {
  readonly words: string
  /** Where in the text, in units of the string. */
  readonly index: number
  /** Keys and indexes on the way there, the last of them. */
  readonly path: readonly (string | number)[]
  /** Whether the text is JSON, but of a kind that is refused. */
  readonly isJson: boolean

  constructor(words: string, index: number, path: readonly (string | number)[], isJson: boolean) {
    super(words)
    this.words = words
    this.isJson = isJson
    this.index = index
    this.path = path
  }
}

export const endsEarly = 'it ends too early'
