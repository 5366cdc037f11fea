// The client's process. Measures what it is told over IPC, one at a time; ends with its parent.
import type { Peer, Target } from '../peers/peer.ts'
import { peers } from '../peers/peers.ts'
import { answerJobs } from './answer.ts'
import { measure, warmUp, type LoadPlan, type Sample } from './load.ts'

export interface Job {
  readonly peer: string
  readonly target: Target
  readonly plan: LoadPlan
}

const made = new Map<string, Peer>()

async function run({ peer: name, target, plan }: Job): Promise<Sample> {
  let peer = made.get(name)
  if (peer === undefined) {
    const load = peers[name]
    if (load === undefined) throw new Error(`no peer ${name}`)
    peer = await (await load())(target)
    made.set(name, peer)
  }
  const { call } = peer
  await warmUp(call, plan)
  return await measure(call, plan)
}

answerJobs(run)
