import { mockTransport } from '@halyard/testing'
import type { AnyMiddleware } from '@halyard/core'
import { createClient, type ClientConfig, type HttpClient } from '../../../src/index.ts'

export type Answer = Parameters<typeof mockTransport>[0]
export type Config = ClientConfig<readonly AnyMiddleware[], readonly AnyMiddleware[]>

/** An answer of a content type; `undefined` for none. */
export function answer(
  body: string | Uint8Array,
  contentType: string | undefined,
  { status = 200, headers = {} }: { status?: number; headers?: Readonly<Record<string, string | string[]>> } = {},
): Answer {
  return { status, body, headers: contentType === undefined ? headers : { 'content-type': contentType, ...headers } }
}

/** A client that is always answered so. */
export function clientOf(init: Answer, config: Config = {}): HttpClient {
  return createClient('http://a.test', { ...config, transport: mockTransport(init) })
}

/** All that an iterable gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}

export const jsonType = 'application/json'
export const xmlType = 'application/xml'
export const formType = 'application/x-www-form-urlencoded'
