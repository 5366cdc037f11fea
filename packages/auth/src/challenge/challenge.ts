/** One way in which a server offers to be asked (RFC 9110 §11.3). */
export interface Challenge {
  /** In lower case, for it is compared without regard to case. */
  readonly scheme: string
  /** What stands in place of parameters, as with `Negotiate`. */
  readonly token68: string | undefined
  /** Values by name in lower case, quotes and escapes taken off. Of a name that occurs twice, the first. */
  readonly parameters: ReadonlyMap<string, string>
}
