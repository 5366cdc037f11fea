import { parseMediaType } from '@halyard/core'
import type { Source } from '../reading/source.ts'
import { NamespaceStripper } from './namespaces.ts'
import type { XmlLimits } from './read-options.ts'
import { References } from './references.ts'
import { XmlScanner } from './scanner.ts'
import type { TextWindow } from './text-window.ts'
import { XmlDecoder } from './xml-decoder.ts'
import type { XmlSink } from './xml-sink.ts'

/** Takes a document as bytes, in pieces of any size, to a sink. */
export class XmlReader {
  readonly #decoder: XmlDecoder
  readonly #scanner: XmlScanner
  readonly #references: References

  constructor(window: TextWindow, sink: XmlSink, limits: XmlLimits, source: Source, maxToken: number) {
    this.#decoder = new XmlDecoder(parseMediaType(source.mediaType)?.parameters.get('charset'))
    this.#references = new References(window, limits.maxExpansions)
    const outer = limits.namespaces === 'strip' ? new NamespaceStripper(window, sink) : sink
    this.#scanner = new XmlScanner(window, outer, limits, this.#references, maxToken)
  }

  write(bytes: Uint8Array): void {
    this.#take(this.#decoder.write(bytes))
  }

  end(): void {
    this.#take(this.#decoder.end())
    this.#scanner.end()
  }

  /** References are counted anew. */
  restartCount(): void {
    this.#references.restart()
  }

  #take(text: string): void {
    if (text !== '') this.#scanner.write(text)
    const { fault } = this.#decoder
    if (fault !== undefined) this.#scanner.stop(fault)
  }
}
