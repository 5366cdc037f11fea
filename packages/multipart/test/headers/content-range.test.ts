import { expect, test } from 'vitest'
import { parseContentRange } from '../../src/index.ts'

test.each([
  ['bytes 0-499/1234', { first: 0, last: 499, total: 1234 }],
  ['Bytes  5-5/6', { first: 5, last: 5, total: 6 }],
  ['bytes 500-999/*', { first: 500, last: 999, total: undefined }],
  ['bytes */1234', undefined],
  ['bytes 5-4/10', undefined],
  ['bytes 0-10/10', undefined],
  ['items 0-1/2', undefined],
  ['bytes 0-99999999999999999999/*', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s', (text, range) => {
  expect(parseContentRange(text)).toEqual(range)
})
