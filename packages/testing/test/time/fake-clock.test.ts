import { expect, test } from 'vitest'
import { fakeClock } from '../../src/index.ts'

test('time stands still until it is moved, and both scales move together', async () => {
  const clock = fakeClock({ startMs: 100, startDate: new Date(5000) })
  expect([clock.now(), clock.date()]).toEqual([100, 5000])
  await clock.advance(250)
  expect([clock.now(), clock.date()]).toEqual([350, 5250])
})

test('timers fire in order of due time, those of the same time in the order in which they were armed', async () => {
  const clock = fakeClock()
  const fired: string[] = []
  const note = (name: string) => () => void fired.push(`${name}@${clock.now()}`)
  clock.after(20, note('c'))
  clock.after(10, note('a'))
  clock.after(10, note('b'))
  clock.after(31, note('late'))
  await clock.advance(30)
  expect(fired).toEqual(['a@10', 'b@10', 'c@20'])
  expect([clock.now(), clock.pending, clock.nextAt]).toEqual([30, 1, 31])
})

test('promise chains run between timers, and what they arm fires on the way', async () => {
  const clock = fakeClock()
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
  const times: number[] = []
  const chain = (async () => {
    for (let step = 0; step < 3; step += 1) {
      await sleep(10)
      await Promise.resolve()
      times.push(clock.now())
    }
  })()
  await clock.advance(30)
  await chain
  expect(times).toEqual([10, 20, 30])
})

test('a timer that was cancelled does not fire, also late or twice', async () => {
  const clock = fakeClock()
  let fired = 0
  const cancel = clock.after(5, () => (fired += 1))
  const other = clock.after(5, () => cancel())
  cancel()
  cancel()
  await clock.advance(5)
  other()
  expect([fired, clock.pending]).toEqual([0, 0])
})

test('a timer without delay, or with a negative one, fires at the next move', async () => {
  const clock = fakeClock()
  const fired: number[] = []
  clock.after(-5, () => fired.push(1))
  clock.after(0, () => fired.push(2))
  expect(fired).toEqual([])
  await clock.advance(0)
  expect(fired).toEqual([1, 2])
})

test('runAll goes on until nothing is armed', async () => {
  const clock = fakeClock()
  clock.after(1000, () => clock.after(86_400_000, () => {}))
  await clock.runAll()
  expect([clock.now(), clock.pending]).toEqual([86_401_000, 0])
})

test('what a timer throws comes out after the rest has run', async () => {
  const clock = fakeClock()
  let ran = false
  clock.after(1, () => {
    throw new Error('first')
  })
  clock.after(2, () => (ran = true))
  await expect(clock.advance(2)).rejects.toThrow('first')
  expect(ran).toBe(true)
})

test('chance repeats itself by seed, and can be replaced', () => {
  const draw = (seed: number): readonly number[] => {
    const clock = fakeClock({ seed })
    return Array.from({ length: 100 }, () => clock.random())
  }
  expect(draw(1)).toEqual(draw(1))
  expect(draw(1)).not.toEqual(draw(2))
  expect(draw(1).every((drawn) => drawn >= 0 && drawn < 1)).toBe(true)
  const clock = fakeClock()
  clock.random = () => 0.25
  expect(clock.random()).toBe(0.25)
})
