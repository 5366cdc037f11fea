// A process that downloads a file, to be killed: `child.ts <url> <path> <options as JSON>`.
import { systemClock } from '@halyard/core'
import { download, type SaveOptions } from '../../../src/download/index.ts'
import { httpSource } from './http-source.ts'

const [url = '', path = '', options = '{}'] = process.argv.slice(2)
const isOptions = (value: unknown): value is SaveOptions => typeof value === 'object'
const parsed: unknown = JSON.parse(options)
if (!isOptions(parsed)) throw new TypeError('no options')
// Not with `using`: Node 22 runs this as it is.
const source = httpSource(url)
const saved = await download(source, path, parsed, systemClock)
console.log(JSON.stringify(saved))
source[Symbol.dispose]()
