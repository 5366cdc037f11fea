import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CallContext, callKey, newCall, type CancellationListener } from '../../src/index.ts'

class Recorder implements CancellationListener {
  readonly reasons: unknown[] = []

  onCancel(reason: unknown): void {
    this.reasons.push(reason)
  }
}

function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}

const failing: CancellationListener = {
  onCancel: () => {
    throw new Error('listener failed')
  },
}

describe('cancelling', () => {
  test('tells each listener once, with the reason', () => {
    const call = new CallContext()
    const recorders = [new Recorder(), new Recorder(), new Recorder()]
    for (const one of recorders) call.addListener(one)
    call.cancel('first')
    call.cancel('second')
    expect(recorders.map(({ reasons }) => reasons)).toEqual([['first'], ['first'], ['first']])
    expect([call.cancelled, call.reason]).toEqual([true, 'first'])
  })

  test('a listener added after it is told at once', () => {
    const call = new CallContext()
    call.cancel('why')
    const late = new Recorder()
    call.addListener(late)
    expect(late.reasons).toEqual(['why'])
  })

  test('a listener added meanwhile is told at once, and once', () => {
    const call = new CallContext()
    const late = new Recorder()
    call.addListener({ onCancel: () => call.addListener(late) })
    call.addListener(new Recorder())
    call.cancel('why')
    expect(late.reasons).toEqual(['why'])
  })

  test('a listener that was removed is not told', () => {
    const call = new CallContext()
    const [kept, gone] = [new Recorder(), new Recorder()]
    call.addListener(gone)
    call.addListener(kept)
    call.removeListener(gone)
    call.removeListener(gone)
    call.cancel('why')
    expect([kept.reasons, gone.reasons]).toEqual([['why'], []])
  })

  test('a listener that another removes meanwhile is not told', () => {
    const call = new CallContext()
    const gone = new Recorder()
    call.addListener({ onCancel: () => call.removeListener(gone) })
    call.addListener(gone)
    call.cancel('why')
    expect(gone.reasons).toEqual([])
  })

  test('a listener that throws keeps no other from being told', () => {
    const call = new CallContext()
    const fork = call.fork()
    const [before, after, inside] = [new Recorder(), new Recorder(), new Recorder()]
    call.addListener(before)
    call.addListener(failing)
    fork.addListener(failing)
    fork.addListener(inside)
    call.addListener(after)
    expect(() => call.cancel('why')).toThrow('listener failed')
    expect([before, after, inside].map(({ reasons }) => reasons)).toEqual([['why'], ['why'], ['why']])
  })

  test('cancelling again from a listener changes nothing', () => {
    const call = new CallContext()
    const last = new Recorder()
    call.addListener({ onCancel: () => call.cancel('again') })
    call.addListener(last)
    call.cancel('why')
    expect([last.reasons, call.reason]).toEqual([['why'], 'why'])
  })
})

describe('forks', () => {
  test('cancellation reaches forks of forks', () => {
    const call = new CallContext()
    const fork = call.fork().fork()
    const heard = new Recorder()
    fork.addListener(heard)
    call.cancel('why')
    expect([heard.reasons, fork.cancelled, fork.reason]).toEqual([['why'], true, 'why'])
  })

  test('a fork nobody listens to is cancelled too', () => {
    const call = new CallContext()
    const fork = call.fork()
    call.cancel('why')
    expect([fork.cancelled, fork.reason]).toEqual([true, 'why'])
    expect(call.fork().cancelled).toBe(true)
  })

  test('a fork’s cancellation reaches neither its parent nor its siblings', () => {
    const call = new CallContext()
    const [one, other] = [call.fork(), call.fork()]
    const heard = [call, one, other].map((context) => {
      const recorder = new Recorder()
      context.addListener(recorder)
      return recorder
    })
    one.cancel('lost')
    expect(heard.map(({ reasons }) => reasons)).toEqual([[], ['lost'], []])
    expect([call.cancelled, one.cancelled, other.cancelled]).toEqual([false, true, false])
    call.cancel('why')
    expect(heard.map(({ reasons }) => reasons)).toEqual([['why'], ['lost'], ['why']])
    expect(one.reason).toBe('lost')
  })

  test('who was first is the reason: the parent', () => {
    const call = new CallContext()
    const fork = call.fork()
    call.cancel('parent')
    fork.cancel('late')
    expect(fork.reason).toBe('parent')
  })

  test('a signal given to a fork cancels the fork alone', () => {
    const call = new CallContext()
    const controller = new AbortController()
    const fork = call.fork({ signal: controller.signal })
    const heard = new Recorder()
    fork.addListener(heard)
    controller.abort('lost')
    expect([heard.reasons, fork.reason, call.cancelled]).toEqual([['lost'], 'lost', false])
  })

  test('state is shared by all, in both directions', () => {
    const call = newCall()
    const key = callKey<string>('test.shared')
    const fork = call.fork().fork()
    fork.set(key, 'from the fork')
    expect([call.get(key), call.fork().get(key)]).toEqual(['from the fork', 'from the fork'])
    call.set(key, 'from the root')
    expect(fork.get(key)).toBe('from the root')
    expect(newCall().get(key)).toBeUndefined()
  })

  test('each key has its own value, and the last one set counts', () => {
    const call = newCall()
    const keys = ['a', 'b', 'c'].map((name) => callKey<string | undefined>(`test.${name}`))
    for (const round of ['first', 'second']) {
      for (const key of keys) call.set(key, `${round} ${key.id.description}`)
    }
    expect(keys.map((key) => call.get(key))).toEqual(keys.map(({ id }) => `second ${id.description}`))
    for (const key of keys) call.set(key, undefined)
    expect(keys.map((key) => call.get(key))).toEqual([undefined, undefined, undefined])
    expect(call.get(callKey('test.d'))).toBeUndefined()
  })

  test('the same name is the same key, another is another', () => {
    expect(callKey('test.a').id).toBe(callKey('test.a').id)
    expect(callKey('test.a').id).not.toBe(callKey('test.b').id)
  })

  test('a fork takes over options by reference, attempt and deadline, and may have its own', () => {
    const options = { retry: false }
    const call = new CallContext(options)
    call.deadlineAt = 5
    const fork = call.fork({ attempt: 2 })
    expect(fork.options).toBe(options)
    expect([fork.attempt, fork.deadlineAt, fork.fork().attempt, call.attempt]).toEqual([2, 5, 2, 0])
    fork.deadlineAt = 3
    expect(call.deadlineAt).toBe(5)
    fork.deadlineAt = undefined
    expect(fork.deadlineAt).toBe(5)
    call.deadlineAt = undefined
    expect(fork.deadlineAt).toBeUndefined()
  })
})

describe('a caller’s signal', () => {
  test('cancels the call, and whatever was forked', () => {
    const controller = new AbortController()
    const call = new CallContext({}, controller.signal)
    const heard = new Recorder()
    call.fork().addListener(heard)
    controller.abort('why')
    expect([heard.reasons, call.cancelled, call.reason]).toEqual([['why'], true, 'why'])
    expect(listenersOf(controller.signal)).toBe(0)
  })

  test('that is aborted already: the call begins cancelled', () => {
    const call = newCall({}, AbortSignal.abort('why'))
    const heard = new Recorder()
    call.addListener(heard)
    expect([call.cancelled, heard.reasons, call.signal.aborted, call.signal.reason]).toEqual([
      true,
      ['why'],
      true,
      'why',
    ])
  })

  test('is listened to only while somebody listens', () => {
    const controller = new AbortController()
    const call = new CallContext({}, controller.signal)
    const fork = call.fork({ signal: controller.signal })
    expect(listenersOf(controller.signal)).toBe(0)
    const [one, other] = [new Recorder(), new Recorder()]
    fork.addListener(one)
    fork.addListener(other)
    expect(listenersOf(controller.signal)).toBe(2)
    fork.removeListener(one)
    expect(listenersOf(controller.signal)).toBe(2)
    fork.removeListener(other)
    expect(listenersOf(controller.signal)).toBe(0)
  })

  test('a fork that is cancelled lets go of it', () => {
    const controller = new AbortController()
    const fork = new CallContext({}, controller.signal).fork()
    fork.addListener(new Recorder())
    fork.cancel('lost')
    expect(listenersOf(controller.signal)).toBe(0)
  })

  test('10,000 calls with two attempts each leave no listener', () => {
    const controller = new AbortController()
    for (let index = 0; index < 10_000; index += 1) {
      const call = new CallContext({}, controller.signal)
      for (const attempt of [0, 1]) {
        const fork = call.fork({ attempt })
        const listener = new Recorder()
        fork.addListener(listener)
        fork.removeListener(listener)
      }
    }
    expect(listenersOf(controller.signal)).toBe(0)
  })
})

describe('the signal of a call', () => {
  test('is made once, and aborts with the reason', () => {
    const call = new CallContext()
    const fork = call.fork()
    const { signal } = fork
    expect(fork.signal).toBe(signal)
    expect(signal.aborted).toBe(false)
    const reason = new Error('why')
    call.cancel(reason)
    expect([signal.aborted, signal.reason === reason]).toEqual([true, true])
  })

  test('asked for after the end, it is aborted', () => {
    const call = new CallContext()
    call.cancel('why')
    expect([call.signal.aborted, call.signal.reason]).toEqual([true, 'why'])
  })

  test('of a fork that is cancelled leaves the parent’s alone', () => {
    const call = new CallContext()
    const fork = call.fork()
    const signals = [call.signal, fork.signal]
    fork.cancel('lost')
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true])
  })
})

test('whatever the order of steps: told just once if listening at the end, and nothing stays on the signal', () => {
  const step = fc.record({ kind: fc.constantFrom('add', 'remove', 'fork', 'cancel'), at: fc.nat(5), who: fc.nat(5) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const controller = new AbortController()
      const contexts = [new CallContext({}, controller.signal)]
      const listeners = Array.from({ length: 6 }, () => new Recorder())
      const places = new Map<Recorder, CallContext>()
      for (const { kind, at, who } of steps) {
        const context = contexts[at % contexts.length]
        const listener = listeners[who]
        if (context === undefined || listener === undefined) continue
        if (kind === 'fork') contexts.push(context.fork())
        else if (kind === 'cancel' && context !== contexts[0]) context.cancel('lost')
        else if (kind === 'add' && !places.has(listener) && listener.reasons.length === 0) {
          context.addListener(listener)
          places.set(listener, context)
        } else if (kind === 'remove' && listener.reasons.length === 0) {
          places.get(listener)?.removeListener(listener)
          places.delete(listener)
        }
      }
      const waiting = [...places.keys()].filter(({ reasons }) => reasons.length === 0)
      expect(listenersOf(controller.signal)).toBe(waiting.length > 0 ? 1 : 0)
      controller.abort('end')
      for (const listener of listeners) expect(listener.reasons).toHaveLength(places.has(listener) ? 1 : 0)
      for (const listener of waiting) expect(listener.reasons).toEqual(['end'])
      expect(listenersOf(controller.signal)).toBe(0)
    }),
  )
})

describe('signals that were asked for', () => {
  test('let go of the caller’s signal when the call ends, those of forks too', () => {
    const controller = new AbortController()
    const call = new CallContext(undefined, controller.signal)
    const lent = [call.signal, call.fork().signal]
    expect(call.lent).toBe(true)
    expect(getEventListeners(controller.signal, 'abort').length).toBeGreaterThan(0)
    call.end()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
    controller.abort()
    expect(lent.map(({ aborted }) => aborted)).toEqual([false, false])
  })
})
