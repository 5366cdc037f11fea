import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A module run in a process of its own, that answers over IPC; what one says does not depend on another. */
export interface Child {
  /** Sends `job`, waits for the answer; rejects where it is an error, late, or the child has ended. */
  ask(job: object, withinMs: number): Promise<unknown>
  stop(): void
}

export function startChild(module: string, flags: readonly string[] = []): Child {
  const child = fork(module, { execArgv: [...flags] })
  return { ask: (job, withinMs) => ask(child, job, withinMs), stop: () => void child.kill() }
}

async function ask(child: ChildProcess, job: object, withinMs: number): Promise<unknown> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), withinMs)
  const died = (): void => limit.abort()
  child.once('exit', died)
  try {
    child.send(job)
    const [answer] = await once(child, 'message', { signal: limit.signal })
    if (typeof answer === 'object' && answer !== null && 'error' in answer) throw new Error(String(answer.error))
    return answer
  } finally {
    clearTimeout(timer)
    child.off('exit', died)
  }
}
