import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EntryList, type Listed } from '../src/exchange/entry-list.ts'
import { WaitQueue, type Waiting } from '../src/pool/wait-queue.ts'

class Entry implements Waiting<Entry>, Listed {
  ahead: Entry | undefined
  behind: Entry | undefined
  waiting = false
  place = -1
}

function contents(queue: WaitQueue<Entry>): readonly Entry[] {
  const found: Entry[] = []
  for (let entry = queue.first; entry !== undefined; entry = entry.behind) found.push(entry)
  return found
}

const steps = fc.array(fc.record({ does: fc.constantFrom('add', 'addFirst', 'remove', 'shift'), which: fc.nat(9) }), {
  maxLength: 60,
})

test('a queue does what an array does', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const entries = Array.from({ length: 10 }, () => new Entry())
      const queue = new WaitQueue<Entry>()
      let model: readonly Entry[] = []
      for (const { does, which } of all) {
        const entry = does === 'shift' ? queue.first : entries[which]
        if (entry === undefined) continue
        if (does === 'add' || does === 'addFirst') {
          if (entry.waiting) continue
          queue[does](entry)
          model = does === 'add' ? [...model, entry] : [entry, ...model]
        } else {
          queue.remove(entry)
          model = model.filter((one) => one !== entry)
        }
        expect(contents(queue)).toEqual(model)
        expect(queue.length).toBe(model.length)
        expect(queue.first).toBe(model[0])
        for (const one of entries) expect(one.waiting).toBe(model.includes(one))
      }
    }),
  )
})

test('a list of those in flight does what a set does', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const entries = Array.from({ length: 10 }, () => new Entry())
      const list = new EntryList<Entry>()
      const model = new Set<Entry>()
      for (const { does, which } of all) {
        const entry = entries[which]
        if (entry === undefined) continue
        if (does === 'add' && !model.has(entry)) {
          list.add(entry)
          model.add(entry)
        } else if (does === 'remove') {
          list.delete(entry)
          model.delete(entry)
        }
        expect(new Set(list.snapshot())).toEqual(model)
        expect(list.size).toBe(model.size)
      }
    }),
  )
})
