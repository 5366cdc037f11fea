import { describe, expect, test } from 'vitest'
import { Circuit, type CircuitSettings } from '../../src/breaker/circuit.ts'
import { manualClock, type ManualClock } from '../limit/kit/manual-clock.ts'
import { settings } from './kit/settings.ts'

function opened(patch: Partial<CircuitSettings> = {}): { readonly circuit: Circuit; readonly clock: ManualClock } {
  const clock = manualClock(5000)
  const circuit = new Circuit(clock, settings(patch))
  circuit.open()
  return { circuit, clock }
}

function run(circuit: Circuit, outcomes: string): void {
  for (const one of outcomes) {
    expect(circuit.admit()).not.toBe('reject')
    if (one === '-') circuit.failure(0, circuit.ticket)
    else circuit.success(0, circuit.ticket)
  }
}

test('opens at the ratio, not before the minimum, as the outcome arrives', () => {
  const circuit = new Circuit(manualClock(), settings())
  run(circuit, '--+')
  expect(circuit.state).toBe('closed')
  run(circuit, '+')
  expect(circuit.state).toBe('open')
  expect(circuit.admit()).toBe('reject')
})

test('half-open admits the configured probes and no more, however many ask', () => {
  const { circuit, clock } = opened({ halfOpenProbes: 3 })
  clock.ms += 999
  expect(circuit.admit()).toBe('reject')
  clock.ms += 1
  expect(circuit.state).toBe('half-open')
  const answers = Array.from({ length: 200 }, () => circuit.admit())
  expect(answers.filter((answer) => answer === 'probe')).toHaveLength(3)
  expect(answers.slice(3).every((answer) => answer === 'reject')).toBe(true)
})

test('all probes must succeed, and no further ones pass meanwhile', () => {
  const { circuit, clock } = opened({ halfOpenProbes: 2 })
  clock.ms += 1000
  run(circuit, '+')
  expect(circuit.state).toBe('half-open')
  expect([circuit.admit(), circuit.admit()]).toEqual(['probe', 'reject'])
  circuit.success(0, circuit.ticket)
  expect(circuit.state).toBe('closed')
})

test('one probe that fails opens it again; what the others say is of the past', () => {
  const { circuit, clock } = opened({ halfOpenProbes: 2 })
  clock.ms += 1000
  circuit.admit()
  const first = circuit.ticket
  circuit.admit()
  circuit.failure(0, circuit.ticket)
  expect([circuit.state, circuit.openForMs]).toEqual(['open', 1000])
  circuit.success(0, first)
  clock.ms += 1000
  expect([circuit.admit(), circuit.admit(), circuit.admit()]).toEqual(['probe', 'probe', 'reject'])
})

test('a released probe frees its place at once, a hung one after its time', () => {
  const { circuit, clock } = opened()
  clock.ms += 1000
  circuit.admit()
  expect(circuit.admit()).toBe('reject')
  circuit.release(circuit.ticket)
  expect(circuit.admit()).toBe('probe')
  clock.ms += 299
  expect(circuit.admit()).toBe('reject')
  clock.ms += 1
  const hung = circuit.ticket
  expect(circuit.admit()).toBe('probe')
  // Late, and still true: the peer works.
  circuit.success(0, hung)
  expect(circuit.state).toBe('closed')
})

test('a hung probe that lost its place does not free the one of another', () => {
  const { circuit, clock } = opened()
  clock.ms += 1000
  circuit.admit()
  const hung = circuit.ticket
  clock.ms += 300
  circuit.admit()
  circuit.release(hung)
  expect(circuit.admit()).toBe('reject')
})

test('failures from before it closed do not open it again', () => {
  const circuit = new Circuit(manualClock(), settings({ resetMs: 0 }))
  run(circuit, '----')
  run(circuit, '+')
  expect(circuit.state).toBe('closed')
  expect(circuit.window.calls).toBe(0)
  run(circuit, '---')
  expect(circuit.state).toBe('closed')
})

test('calls that were admitted before a change do not count after it', () => {
  const clock = manualClock()
  const circuit = new Circuit(clock, settings({ minimumRequests: 1 }))
  circuit.admit()
  const old = circuit.ticket
  run(circuit, '-')
  clock.ms += 1000
  run(circuit, '+')
  expect(circuit.state).toBe('closed')
  circuit.failure(0, old)
  expect([circuit.state, circuit.window.calls]).toEqual(['closed', 0])
})

test('waits grow with each failed probe, up to ten minutes, and begin anew after it was closed', () => {
  const { circuit, clock } = opened({ resetGrowth: 10 })
  const waits: number[] = []
  for (let round = 0; round < 5; round += 1) {
    waits.push(circuit.openForMs)
    clock.ms += circuit.openForMs
    run(circuit, '-')
  }
  expect(waits).toEqual([1000, 10_000, 100_000, 600_000, 600_000])
  circuit.close()
  run(circuit, '----')
  expect(circuit.openForMs).toBe(1000)
})

test('a listener that opens it while it becomes half-open is obeyed', () => {
  const { circuit, clock } = opened({ resetMs: 0 })
  circuit.onChange = (_from, to) => {
    if (to === 'half-open') circuit.open()
  }
  clock.ms += 1
  expect(circuit.admit()).toBe('reject')
})

describe('export and import', () => {
  test('the time between has passed', () => {
    const { circuit, clock } = opened()
    const exported = circuit.export()
    clock.ms += 400
    const heir = new Circuit(clock, settings())
    heir.import(exported)
    expect([heir.state, heir.openForMs]).toEqual(['open', 600])
    clock.ms += 600
    expect(heir.state).toBe('half-open')
  })

  test('outcomes keep their age, on a clock that began elsewhere', () => {
    const clock = manualClock(10_000)
    const circuit = new Circuit(clock, settings())
    run(circuit, '-')
    clock.ms += 300
    run(circuit, '++')
    const other = manualClock(7)
    const date = clock.date()
    other.date = () => date
    const heir = new Circuit(other, settings())
    heir.import(circuit.export())
    expect(heir.window).toMatchObject({ calls: 3, failures: 1 })
    other.ms += 393
    expect(heir.window).toMatchObject({ calls: 2, failures: 0 })
  })

  test('from a window by time into one by count', () => {
    const circuit = new Circuit(manualClock(), settings())
    run(circuit, '-++')
    const heir = new Circuit(manualClock(), settings({ window: { calls: 2 } }))
    heir.import(circuit.export())
    expect(heir.window).toMatchObject({ calls: 2, failures: 0 })
  })
})
