// The client's process. Measures what it is told over IPC, one at a time; ends with its parent.
import process from 'node:process'
import type { Peer, Target } from '../peers/peer.ts'
import { peers } from '../peers/peers.ts'
import { measure, warmUp, type LoadPlan, type Sample } from './load.ts'

export interface Job {
  readonly peer: string
  readonly target: Target
  readonly plan: LoadPlan
}

export type Outcome = { readonly sample: Sample } | { readonly error: string }

const made = new Map<string, Peer>()

async function run({ peer: name, target, plan }: Job): Promise<Sample> {
  let peer = made.get(name)
  if (peer === undefined) {
    const load = peers[name]
    if (load === undefined) throw new Error(`no peer ${name}`)
    peer = await (await load())(target)
    made.set(name, peer)
  }
  const call = peer.call
  // Also where it ran before: its connections may have been closed for idleness.
  await warmUp(call, plan)
  globalThis.gc?.()
  return await measure(call, plan)
}

process.on('disconnect', () => process.exit())
process.on('message', (job: Job) => {
  run(job).then(
    (sample) => process.send?.({ sample } satisfies Outcome),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? `${error.stack}` : String(error) } satisfies Outcome),
  )
})
