import { isToken } from '@halyard/core'
import { parseExtendedValue } from './extended-value.ts'
import { parametersOf, trimBlanks, type ParsedParameters } from './parameters.ts'

/** A `content-disposition` header, of a response (RFC 6266) or a part of a form (RFC 7578). */
export interface ContentDisposition {
  /** In lower case: `attachment`, `inline`, `form-data`. */
  readonly type: string
  /** The field of a form. */
  readonly name: string | undefined
  /** The last component of the path that was given; empty where nothing is left of it. Not a path, still a stranger's text. */
  readonly filename: string | undefined
  /** All parameters as they came, unquoted, their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Parses a `content-disposition`; `undefined` for one that is absent, or has no type. `filename*` (RFC 8187) counts more
 * than `filename`. In `form-data` the names are read as browsers write them: `%22`, `%0D` and `%0A` stand for characters.
 */
export function parseContentDisposition(text: string | undefined): ContentDisposition | undefined {
  return dispositionOf(text, false)
}

/** `inForm`: of a part of a form, or of a message in one, where curl and browsers write any type as `form-data`. */
export function dispositionOf(text: string | undefined, inForm: boolean): ContentDisposition | undefined {
  if (text === undefined) return undefined
  const end = text.indexOf(';')
  const type = trimBlanks(end === -1 ? text : text.slice(0, end)).toLowerCase()
  if (!isToken(type)) return undefined
  const isForm = inForm || type === 'form-data'
  const { parameters } = end === -1 ? none : isForm ? formParameters(text, end) : parametersOf(text, end, 'any')
  const filename = valueOf(parameters, 'filename', isForm)
  return {
    type,
    name: valueOf(parameters, 'name', isForm),
    filename: filename === undefined ? undefined : lastComponent(filename),
    parameters,
  }
}

const none: ParsedParameters = { parameters: new Map(), clean: true }

/** Browsers write a backslash as it is, even before the closing quote; others put it before a quotation mark. */
function formParameters(text: string, from: number): ParsedParameters {
  const asOthers = parametersOf(text, from, 'quotes')
  if (asOthers.clean) return asOthers
  const asBrowsers = parametersOf(text, from, 'none')
  return asBrowsers.clean ? asBrowsers : asOthers
}

function valueOf(parameters: ReadonlyMap<string, string>, name: string, isForm: boolean): string | undefined {
  const extended = parameters.get(`${name}*`)
  const decoded = extended === undefined ? undefined : parseExtendedValue(extended)
  if (decoded !== undefined) return decoded
  const plain = parameters.get(name)
  return isForm ? plain?.replaceAll(/%(?:22|0D|0A)/gi, (escape) => decodeURIComponent(escape)) : plain
}

/** Neither a separator of any system nor a name that means a folder is left; NUL ends names of files. */
function lastComponent(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replaceAll('\0', '')
  return name === '.' || name === '..' ? '' : name
}
