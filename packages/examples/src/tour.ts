// `npm start`: what Halyard does, against a server on this machine. `npm start -- URL`: one GET of that URL.
import { isHttpError } from '@halyard/client'
import { play } from './tour/play.ts'
import { visit } from './tour/visit.ts'

const [address] = process.argv.slice(2)
try {
  await (address === undefined ? play() : visit(address))
} catch (error) {
  process.exitCode = 1
  if (!isHttpError(error)) throw error
  console.error(`\nThat did not work. ${error.message}`)
  console.error(
    `(code ${error.code}, sent ${error.sent}${'reason' in error ? `, reason ${String(error.reason)}` : ''})`,
  )
}
