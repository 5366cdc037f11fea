import { expect, test } from 'vitest'
import { PerOrigin } from '../../src/limit/per-origin.ts'

interface State {
  readonly origin: string
  isBusy: boolean
}

function states(): PerOrigin<State> {
  return new PerOrigin<State>(
    (origin) => ({ origin, isBusy: false }),
    ({ isBusy }) => !isBusy,
  )
}

test('the least recently used idle one goes first', () => {
  const all = states()
  const first = all.of('0')
  all.of('1').isBusy = true
  for (let one = 2; one < 1000; one += 1) all.of(String(one))
  expect(all.of('0')).toBe(first)
  all.of('1000')
  all.of('1001')
  expect([all.size, all.peek('0'), all.peek('1')?.isBusy, all.peek('2'), all.peek('3')]).toEqual([
    1000,
    first,
    true,
    undefined,
    undefined,
  ])
})

test('the latest is not mixed up with one that was forgotten', () => {
  const all = states()
  for (let one = 0; one < 2500; one += 1) expect(all.of(String(one)).origin).toBe(String(one))
  expect(all.of('2499')).toBe(all.peek('2499'))
  expect(all.of('0').origin).toBe('0')
  expect(all.size).toBe(1000)
})

test('busy ones are kept, up to ten thousand', () => {
  const all = states()
  for (let one = 0; one < 3000; one += 1) all.of(String(one)).isBusy = true
  expect(all.size).toBe(3000)
  for (let one = 3000; one < 12_000; one += 1) all.of(String(one)).isBusy = true
  expect(all.size).toBe(10_000)
})
