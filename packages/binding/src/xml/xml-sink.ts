/** What a scanner tells: the elements of a document and their text, in order. */
export interface XmlSink {
  /** An element begins. `attributes` are names and values in turn; the list is the sink's to keep. */
  open(name: string, attributes: readonly string[]): void
  /**
   * A piece of text; one run of text may come in many. `literal` is false for what is deliberate even if blank:
   * references and CDATA sections, empty ones too.
   */
  text(piece: string, literal: boolean): void
  /** The element that was opened last, and is not closed, ends. */
  close(): void
}
