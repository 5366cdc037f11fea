import { describe, expect, test } from 'vitest'
import { ClientEvents, ClientRuntime } from '../../src/index.ts'

describe('events', () => {
  test('are told to those who listen for their name, in order, until they leave', () => {
    const events = new ClientEvents()
    const told: unknown[] = []
    const first = (event: object): void => void told.push(['first', event])
    const leave = events.on('retry', first)
    events.on('retry', (event) => void told.push(['second', event]))
    const leaveTwin = events.on('retry', first)
    events.on('breaker', (event) => void told.push(['other', event]))
    const event = { attempt: 1 }
    events.emit('retry', event)
    expect(told).toEqual([
      ['first', event],
      ['second', event],
      ['first', event],
    ])
    told.length = 0
    leave()
    leave()
    events.emit('retry', event)
    expect(told).toEqual([
      ['second', event],
      ['first', event],
    ])
    leaveTwin()
    events.emit('nobody', event)
    expect(told).toHaveLength(2)
  })

  test('nobody listens for what nobody asked for, or has left', () => {
    const events = new ClientEvents()
    expect(events.listening('retry')).toBe(false)
    const leave = events.on('retry', () => undefined)
    expect(events.listening('retry')).toBe(true)
    expect(events.listening('constructor')).toBe(false)
    leave()
    expect(events.listening('retry')).toBe(false)
  })

  test('a listener that leaves while it is told, and one that comes, change nothing for this event', () => {
    const events = new ClientEvents()
    const told: string[] = []
    const leave = events.on('x', () => {
      told.push('first')
      leave()
      events.on('x', () => void told.push('late'))
    })
    events.on('x', () => void told.push('second'))
    events.emit('x', {})
    expect(told).toEqual(['first', 'second'])
    events.emit('x', {})
    expect(told).toEqual(['first', 'second', 'second', 'late'])
  })

  test('a listener that throws harms nobody else, and its error is not lost', async () => {
    const events = new ClientEvents()
    const told: string[] = []
    events.on('x', () => {
      throw new Error('a bug of a listener')
    })
    events.on('x', () => void told.push('second'))
    const lost = new Promise((resolve) => {
      const kept = process.listeners('unhandledRejection')
      process.removeAllListeners('unhandledRejection')
      process.once('unhandledRejection', (error) => {
        for (const listener of kept) process.on('unhandledRejection', listener)
        resolve(error)
      })
    })
    events.emit('x', {})
    expect(told).toEqual(['second'])
    expect(await lost).toMatchObject({ message: 'a bug of a listener' })
  })
})

test('gauges are read when they are asked for; a later one replaces one of its name', () => {
  const runtime = new ClientRuntime()
  let open = 0
  runtime.gauge('breaker', () => ({ open }))
  runtime.gauge('retry', () => 1)
  runtime.gauge('retry', () => 2)
  open = 3
  expect(runtime.stats()).toEqual({ breaker: { open: 3 }, retry: 2 })
})
