import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Circuit, type CircuitSettings } from '../../src/breaker/circuit.ts'
import { manualClock, type ManualClock } from '../limit/kit/manual-clock.ts'
import { CircuitModel, type ModelCall } from './kit/circuit-model.ts'
import { settings } from './kit/settings.ts'

interface Real {
  readonly clock: ManualClock
  circuit: Circuit
  readonly settings: CircuitSettings
  readonly changes: string[]
}

interface Model {
  readonly circuit: CircuitModel
  /** Calls under way: of the model, and their tickets. */
  pending: { readonly call: ModelCall; readonly ticket: number }[]
}

type Command = fc.Command<Model, Real>

/** One comparison a step: there are many. */
function agree({ circuit: model }: Model, { circuit, changes }: Real): void {
  const { calls, failures, slow } = circuit.window
  const { counted } = model
  const is = [circuit.state, calls, failures, slow, circuit.probes, circuit.openForMs, ...changes]
  const shouldBe = [
    model.shownState,
    counted.length,
    counted.filter((one) => one.failed).length,
    counted.filter((one) => one.slow).length,
    model.calls.filter(({ holds }) => holds).length,
    model.state === 'open' ? Math.max(0, model.openUntil - model.now) : 0,
    ...model.changes,
  ]
  expect(is.join()).toBe(shouldBe.join())
  model.changes = []
  changes.length = 0
}

function step(name: string, run: (model: Model, real: Real) => void): Command {
  return {
    check: () => true,
    run: (model, real) => {
      run(model, real)
      agree(model, real)
    },
    toString: () => name,
  }
}

const advance = (ms: number): Command =>
  step(`advance ${ms}`, (model, real) => {
    model.circuit.now += ms
    real.clock.ms += ms
  })

const admit = (): Command =>
  step('admit', (model, real) => {
    const { answer, call } = model.circuit.admit()
    expect(real.circuit.admit()).toBe(answer)
    if (call !== undefined) model.pending.push({ call, ticket: real.circuit.ticket })
  })

const settle = (index: number, how: 'success' | 'failure' | 'release', latencyMs: number): Command =>
  step(`${how} of ${index} after ${latencyMs}`, (model, { circuit }) => {
    const [one] = model.pending.splice(index % Math.max(1, model.pending.length), 1)
    if (one === undefined) return
    model.circuit.settle(one.call, how, latencyMs)
    if (how === 'release') circuit.release(one.ticket)
    else circuit[how](latencyMs, one.ticket)
  })

/** One call that is answered at once. */
const whole = (how: 'success' | 'failure', latencyMs: number): Command =>
  step(`call with ${how}`, (model, { circuit }) => {
    const { answer, call } = model.circuit.admit()
    expect(circuit.admit()).toBe(answer)
    if (call === undefined) return
    model.circuit.settle(call, how, latencyMs)
    circuit[how](latencyMs, circuit.ticket)
  })

const force = (what: 'open' | 'close'): Command =>
  step(what, (model, { circuit }) => {
    model.circuit[what]()
    circuit[what]()
  })

/** Another process takes over: calls under way are lost to it. */
const handOver = (): Command =>
  step('hand over', (model, real) => {
    const exported: ReturnType<Circuit['export']> = JSON.parse(JSON.stringify(real.circuit.export()))
    const heir = new Circuit(real.clock, real.settings)
    heir.import(exported)
    heir.onChange = real.circuit.onChange
    real.circuit = heir
    model.pending = []
    model.circuit.phase += 1
    model.circuit.succeeded = 0
    model.circuit.calls = []
    if (model.circuit.state !== 'half-open') return
    model.circuit.state = 'open'
    model.circuit.openUntil = model.circuit.now
  })

const latency = fc.constantFrom(0, 49, 50, 120)
const commands = fc.commands(
  [
    fc.constantFrom(1, 60, 100, 250, 300, 999, 1000, 4000).map(advance),
    fc.constant(undefined).map(admit),
    fc
      .tuple(fc.nat(9), fc.constantFrom('success', 'failure', 'failure', 'release'), latency)
      .map((args) => settle(...args)),
    fc.tuple(fc.constantFrom('success', 'failure'), latency).map((args) => whole(...args)),
    fc.tuple(fc.constantFrom('success', 'failure'), latency).map((args) => whole(...args)),
    fc.constantFrom('open', 'close').map(force),
    fc.constant(undefined).map(handOver),
  ],
  { size: '+1' },
)

const kinds: readonly (readonly [name: string, patch: Partial<CircuitSettings>])[] = [
  ['by time', {}],
  ['by time, one bucket', { bucketMs: 600 }],
  ['by time, buckets that do not divide it', { bucketMs: 140, halfOpenProbes: 3 }],
  ['by count', { window: { calls: 7 }, halfOpenProbes: 2 }],
  ['failures in a row', { failureRatio: Infinity, consecutiveFailures: 3 }],
  ['slow calls', { slowCallMs: 50, slowCallRatio: 0.75, halfOpenProbes: 2 }],
  ['growing waits', { resetGrowth: 3, minimumRequests: 1 }],
  ['no wait', { resetMs: 0, halfOpenProbes: 2 }],
]

test.each(kinds)('does what a plain log of everything says: %s', (_name, patch) => {
  fc.assert(
    fc.property(commands, (steps) => {
      fc.modelRun(() => {
        const clock = manualClock()
        const all = settings(patch)
        const changes: string[] = []
        const circuit = new Circuit(clock, all)
        circuit.onChange = (from, to) => changes.push(`${from} > ${to}`)
        return {
          model: { circuit: new CircuitModel(all), pending: [] },
          real: { clock, circuit, settings: all, changes },
        }
      }, steps)
    }),
    { numRuns: 150 },
  )
})
