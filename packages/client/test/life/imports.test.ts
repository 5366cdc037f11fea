import { httpServer } from '@halyard/testing'
import { expect, test } from 'vitest'
import { child } from '../support/child.ts'

const program = `
import { registerHooks } from 'node:module'
const loaded = []
registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
const events = ['uncaughtException', 'unhandledRejection', 'exit', 'beforeExit', 'warning', 'SIGINT', 'SIGTERM', 'message', 'disconnect']
const count = () => events.map((name) => process.listenerCount(name))
const globals = () => Reflect.ownKeys(globalThis).map(String).sort()
const before = { listeners: count(), globals: globals(), fetch: globalThis.fetch, handles: process.getActiveResourcesInfo() }
// Node itself sets the first one when it loads its own fetch, which some versions do for their type stripping.
const setters = []
for (const version of [1, 2]) {
  let value
  const set = (next) => { value = next; setters.push(new Error().stack) }
  Object.defineProperty(globalThis, Symbol.for('undici.globalDispatcher.' + version), { get: () => value, set, configurable: true })
}
const define = Object.defineProperty
Object.defineProperty = (target, key, ...rest) => {
  if (String(key).includes('undici.globalDispatcher')) setters.push(new Error().stack)
  return define(target, key, ...rest)
}
const { createClient } = await import('@halyard/client')
const resources = process.getActiveResourcesInfo()
let body
if (process.env.ORIGIN !== undefined) {
  await using api = createClient(process.env.ORIGIN)
  body = await api.get('/').text()
}
console.log(JSON.stringify({
  packages: [...new Set(loaded.map((url) => /node_modules\\/(?:\\.pnpm\\/[^/]+\\/node_modules\\/)?((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]).filter(Boolean))],
  undici: loaded.filter((url) => /undici\\/index\\.js$/.test(url)),
  listeners: count().join() === before.listeners.join(),
  globals: globals().filter((name) => !before.globals.includes(name) && !name.includes('undici.globalDispatcher')),
  fetch: globalThis.fetch === before.fetch,
  dispatchers: setters.filter((stack) => /node_modules|[/]src[/]|[/]dist[/]/.test(stack)),
  keys: Object.keys(Object.prototype),
  resources,
  body,
}))
`

interface Told {
  readonly packages: readonly string[]
  readonly undici: readonly string[]
  readonly listeners: boolean
  readonly globals: readonly string[]
  readonly fetch: boolean
  readonly dispatchers: readonly string[]
  readonly keys: readonly string[]
  readonly resources: readonly string[]
  readonly body?: string
}

test.each([
  ['importing', false],
  ['a call', true],
])('%s loads no more than it needs, and touches nothing that is global', async (_name, calls) => {
  await using server = await httpServer((_request, response) => void response.end('ok'))
  const { code, stdout, stderr } = await child(program, { env: calls ? { ORIGIN: server.origin } : {} })
  expect([code, stderr]).toEqual([0, ''])
  const told: Told = JSON.parse(stdout)
  expect(told.packages).toEqual(['undici'])
  expect(told.undici).toEqual([])
  expect(told.dispatchers).toEqual([])
  expect([told.listeners, told.fetch, told.globals, told.keys]).toEqual([true, true, [], []])
  if (!calls) expect(told.resources.filter((kind) => kind !== 'PipeWrap')).toEqual([])
  expect(told.body).toBe(calls ? 'ok' : undefined)
})
