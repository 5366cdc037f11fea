// Imports one package, and says what that took and which modules came with it.
import { registerHooks } from 'node:module'
import process from 'node:process'
import { answerJobs } from '../load/answer.ts'

export interface ImportJob {
  readonly name: string
  /** Listing takes time of its own. */
  readonly list: boolean
}

export interface ImportSample {
  readonly cpuMillis: number
  readonly modules: readonly string[]
}

answerJobs(async ({ name, list }: ImportJob): Promise<ImportSample> => {
  const modules: string[] = []
  if (list) {
    registerHooks({
      load: (url, context, next) => {
        modules.push(url)
        return next(url, context)
      },
    })
  }
  const cpu = process.cpuUsage()
  await import(name)
  const { user, system } = process.cpuUsage(cpu)
  return { cpuMillis: (user + system) / 1000, modules }
})
