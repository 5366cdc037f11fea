import { illegalAt, isSpace, nameEnd, spaceEnd } from './characters.ts'
import { parseDoctype } from './doctype.ts'
import { PendingToken, type TokenKind } from './pending-token.ts'
import type { XmlLimits } from './read-options.ts'
import type { References } from './references.ts'
import { StartTags } from './start-tags.ts'
import type { TextWindow } from './text-window.ts'
import { declarationFault } from './xml-declaration.ts'
import type { XmlSink } from './xml-sink.ts'

const bang = 0x21
const slash = 0x2f
const less = 0x3c
const greater = 0x3e
const question = 0x3f

const notWellFormed = 'is not well-formed XML: '

const unfinishedWords: Readonly<Record<TokenKind, string>> = {
  tag: 'ends inside of a tag',
  comment: 'ends inside of a comment',
  instruction: 'ends inside of a processing instruction',
  cdata: 'ends inside of a CDATA section',
  reference: 'ends inside of a reference',
  doctype: 'ends inside of the DOCTYPE',
  markup: 'ends inside of markup',
  text: 'ends inside of text',
}

/**
 * A strict parser of XML 1.0 (fifth edition) that takes its text in pieces of any size. What is not well-formed is a
 * DecodeError with its place: the same one however the text was cut. Time is linear in the length of the text, and
 * only a token that is not whole yet is kept.
 */
export class XmlScanner {
  readonly #window: TextWindow
  readonly #sink: XmlSink
  readonly #limits: XmlLimits
  readonly #references: References
  readonly #tags: StartTags
  readonly #open: string[]
  readonly #maxToken: number
  /** What is being scanned: the window's text, or what an entity stands for. */
  #text = ''
  #at = 0
  /** The next `<`, ampersand and `]]>`, each looked for once; behind the text where there is none. */
  #less = -1
  #ampersand = -1
  #closer = -1
  /** How much of the window's text is done with. */
  #consumed = 0
  #pending: PendingToken | undefined
  /** A carriage return at the end of a chunk: it may be half of a line end. */
  #held = ''
  #final = false
  #started = false
  #rooted = false
  #doctype = false
  /** Where the reference is whose entity is being scanned, and how many elements were open there. */
  #outer = -1
  #floor = 0

  /** A token of more than `maxToken` characters that comes in pieces is refused. */
  constructor(window: TextWindow, sink: XmlSink, limits: XmlLimits, references: References, maxToken: number) {
    this.#window = window
    this.#sink = sink
    this.#limits = limits
    this.#references = references
    this.#tags = new StartTags(
      references,
      (words, at) => this.#fail(words, at),
      (at) => this.#place(at),
    )
    this.#open = window.open
    this.#maxToken = maxToken
  }

  write(chunk: string): void {
    let text = this.#held + chunk
    this.#held = ''
    if (text.endsWith('\r')) {
      this.#held = '\r'
      text = text.slice(0, -1)
    }
    // Line ends are normalised before anything is parsed (XML 1.0 §2.11).
    if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n')
    const bad = illegalAt(text)
    if (bad === -1) return this.#feed(text)
    // Nothing behind it counts, what is held back neither; what is wrong before it comes first.
    this.#held = ''
    this.#feed(text.slice(0, bad))
    return this.stop(`${notWellFormed}a character that XML does not allow`)
  }

  /** Ends the document where it is not readable any more; what is wrong before comes first. */
  stop(words: string): never {
    if (this.#held !== '') this.#feed('\n')
    const pending = this.#pending
    if (pending !== undefined) {
      this.#load(pending.join())
      this.#run()
    }
    return this.#window.fail(words, this.#window.text.length)
  }

  /** No more comes. */
  end(): void {
    if (this.#held !== '') this.#feed('\n')
    this.#final = true
    const pending = this.#pending
    if (pending !== undefined) {
      this.#load(pending.join())
      this.#run()
    }
    if (this.#pending !== undefined) {
      this.#window.fail(notWellFormed + unfinishedWords[this.#pending.kind], this.#consumed)
    }
    const end = this.#window.text.length
    if (this.#open.length > 0) this.#window.fail(`${notWellFormed}ends before its elements are closed`, end)
    if (!this.#rooted) this.#window.fail(`${notWellFormed}has no root element`, end)
  }

  #feed(chunk: string): void {
    if (chunk === '') return
    const pending = this.#pending
    if (pending === undefined) this.#load(chunk)
    else {
      const ready = pending.add(chunk)
      if (pending.length > this.#maxToken) {
        this.#window.fail(`has markup of more than ${this.#maxToken} characters`, this.#consumed, { code: 'too-large' })
      }
      if (!ready) return
      this.#load(pending.join())
    }
    this.#run()
  }

  #load(text: string): void {
    this.#window.advance(this.#consumed, text)
    this.#pending = undefined
    this.#consumed = 0
    this.#scan(text)
  }

  #scan(text: string): void {
    this.#text = text
    this.#at = 0
    this.#less = -1
    this.#ampersand = -1
    this.#closer = -1
  }

  #run(): void {
    let unfinished: TokenKind | undefined
    while (unfinished === undefined && this.#at < this.#text.length) unfinished = this.#token()
    if (unfinished !== undefined) this.#pending = new PendingToken(unfinished, this.#text.slice(this.#at))
    this.#consumed = this.#at
  }

  /** Parses what comes next; where it is not whole, goes nowhere and says what it is. */
  #token(): TokenKind | undefined {
    this.#window.mark = this.#place(this.#at)
    if (this.#text.charCodeAt(this.#at) !== less) return this.#characters()
    const next = this.#text.charCodeAt(this.#at + 1)
    if (next === slash) return this.#endTag()
    if (next === bang) return this.#declarationLike()
    if (next === question) return this.#instruction()
    return this.#at + 1 === this.#text.length ? 'markup' : this.#startTag()
  }

  #characters(): TokenKind | undefined {
    if (this.#open.length === 0) return this.#outside()
    const text = this.#text
    const at = this.#at
    if (this.#less < at) this.#less = indexOrEnd(text, '<', at)
    if (this.#ampersand < at) this.#ampersand = indexOrEnd(text, '&', at)
    if (this.#closer < at) this.#closer = indexOrEnd(text, ']]>', at)
    const end = this.#less
    const stop = Math.min(end, this.#ampersand)
    if (this.#closer < stop) this.#fail('a ]]> in text', this.#closer)
    // Brackets at the end of a chunk may be the beginning of a `]]>`.
    const upto = stop === text.length && !this.#final && this.#outer === -1 ? beforeBrackets(text, at) : stop
    if (upto > at) {
      this.#sink.text(text.slice(at, upto), true)
      this.#at = upto
    }
    if (upto < stop) return 'text'
    return stop < end ? this.#reference() : undefined
  }

  /** Before and behind the root element there is white space only. */
  #outside(): undefined {
    const end = spaceEnd(this.#text, this.#at)
    if (end === this.#at) this.#fail('text outside of the root element', this.#at)
    this.#at = end
    this.#started = true
  }

  #reference(): TokenKind | undefined {
    const place = this.#place(this.#at)
    const reference = this.#references.read(this.#text, this.#at, place)
    if (reference === undefined) return 'reference'
    this.#at = reference.end
    if (reference.entity === undefined) this.#sink.text(reference.text, false)
    else this.#references.inside(reference.entity, place, () => this.#entity(reference.text, place))
    return undefined
  }

  /** Scans what an entity stands for; its elements begin and end within it (XML 1.0 §4.3.2). */
  #entity(replacement: string, place: number): void {
    const [text, at] = [this.#text, this.#at] as const
    const [nextLess, ampersand, closer] = [this.#less, this.#ampersand, this.#closer] as const
    const [outer, floor] = [this.#outer, this.#floor] as const
    this.#outer = place
    this.#floor = this.#open.length
    this.#scan(replacement)
    while (this.#at < this.#text.length) {
      if (this.#token() !== undefined) this.#fail('an entity that ends inside of a token', place)
    }
    if (this.#open.length !== this.#floor) this.#fail('an entity that does not close its elements', place)
    this.#outer = outer
    this.#floor = floor
    this.#text = text
    this.#at = at
    this.#less = nextLess
    this.#ampersand = ampersand
    this.#closer = closer
  }

  #startTag(): TokenKind | undefined {
    if (this.#open.length === 0 && this.#rooted) this.#fail('a second root element', this.#at)
    this.#references.begin()
    const tag = this.#tags.parse(this.#text, this.#at)
    if (tag === undefined) {
      this.#references.undo()
      return 'tag'
    }
    if (this.#open.length >= this.#limits.maxDepth) {
      this.#window.fail(`nests elements deeper than ${this.#limits.maxDepth} (maxDepth)`)
    }
    this.#rooted = true
    this.#started = true
    this.#at = tag.end
    this.#sink.open(tag.name, tag.attributes)
    if (tag.empty) this.#sink.close()
    else this.#open.push(tag.name)
    return undefined
  }

  #endTag(): TokenKind | undefined {
    const text = this.#text
    const at = this.#at
    const name = this.#open.at(-1)
    if (name === undefined || this.#open.length === this.#floor) return this.#fail('an end tag without a start tag', at)
    const behind = at + 2 + name.length
    if (!text.startsWith(name, at + 2)) {
      if (text.length < behind && name.startsWith(text.slice(at + 2))) return 'tag'
      return this.#fail('an end tag that does not close the element that is open', at)
    }
    const end = spaceEnd(text, behind)
    if (end === text.length) return 'tag'
    if (text.charCodeAt(end) !== greater) {
      if (end === behind) this.#fail('an end tag that does not close the element that is open', at)
      this.#fail('an end tag with more than a name', end)
    }
    this.#at = end + 1
    this.#sink.close()
    this.#open.pop()
    return undefined
  }

  #declarationLike(): TokenKind | undefined {
    const text = this.#text
    const at = this.#at
    this.#started = true
    if (text.startsWith('<!--', at)) return this.#comment()
    if (text.startsWith('<![CDATA[', at)) return this.#cdata()
    if (text.startsWith('<!DOCTYPE', at)) return this.#documentType()
    const rest = text.slice(at, at + 9)
    if (['<!--', '<![CDATA[', '<!DOCTYPE'].some((opening) => opening.startsWith(rest))) return 'markup'
    return this.#fail('markup that is neither a tag nor a comment nor a CDATA section', at)
  }

  #comment(): TokenKind | undefined {
    const close = this.#text.indexOf('--', this.#at + 4)
    if (close === -1 || close + 2 === this.#text.length) return 'comment'
    if (this.#text.charCodeAt(close + 2) !== greater) this.#fail('two hyphens within a comment', close)
    this.#at = close + 3
    return undefined
  }

  #cdata(): TokenKind | undefined {
    if (this.#open.length === 0) this.#fail('a CDATA section outside of the root element', this.#at)
    const start = this.#at + 9
    const close = this.#text.indexOf(']]>', start)
    if (close === -1) return 'cdata'
    this.#sink.text(this.#text.slice(start, close), false)
    this.#at = close + 3
    return undefined
  }

  #documentType(): TokenKind | undefined {
    if (this.#limits.doctype === 'refuse') {
      this.#window.fail("has a DOCTYPE, which is refused; the option doctype: 'internal' allows an internal subset")
    }
    if (this.#rooted || this.#doctype || this.#outer !== -1) this.#fail('a DOCTYPE where none may be', this.#at)
    const end = parseDoctype(this.#text, this.#at, this.#window, this.#references)
    if (end === -1) return 'doctype'
    this.#doctype = true
    this.#at = end
    return undefined
  }

  #instruction(): TokenKind | undefined {
    const text = this.#text
    const start = this.#at + 2
    const end = nameEnd(text, start)
    if (end === text.length) return 'instruction'
    if (end === start) this.#fail('a processing instruction without a target', start)
    const target = text.slice(start, end)
    if (target.toLowerCase() === 'xml') return this.#declaration(target)
    if (this.#limits.namespaces === 'strip' && target.includes(':')) {
      this.#fail('a processing instruction with a colon in its target', start)
    }
    const close = text.indexOf('?>', end)
    if (close !== end && !isSpace(text.charCodeAt(end))) {
      if (text.charCodeAt(end) === question && end + 1 === text.length) return 'instruction'
      this.#fail('a processing instruction whose target is no name', end)
    }
    if (close === -1) return 'instruction'
    this.#at = close + 2
    this.#started = true
    return undefined
  }

  #declaration(target: string): TokenKind | undefined {
    if (this.#started || this.#outer !== -1 || target !== 'xml') {
      this.#fail('an XML declaration that is not at the very start', this.#at)
    }
    const close = this.#text.indexOf('?>', this.#at)
    if (close === -1) return 'instruction'
    const fault = declarationFault(this.#text.slice(this.#at, close))
    if (fault !== -1) this.#fail('an XML declaration that is not as it should be', this.#at + fault)
    this.#at = close + 2
    this.#started = true
    return undefined
  }

  /** Where `offset` is in the window: within an entity, its reference. */
  #place(offset: number): number {
    return this.#outer === -1 ? offset : this.#outer
  }

  #fail(words: string, offset: number): never {
    return this.#window.fail(notWellFormed + words, this.#place(offset))
  }
}

function indexOrEnd(text: string, words: string, from: number): number {
  const found = text.indexOf(words, from)
  return found === -1 ? text.length : found
}

/** Where the brackets at the end of `text` begin, two at most. */
function beforeBrackets(text: string, from: number): number {
  let end = text.length
  while (end > from && end > text.length - 2 && text.charCodeAt(end - 1) === 0x5d) end -= 1
  return end
}
