import process from 'node:process'

/** The other end of `startChild`: runs each job that comes; ends with the parent. */
export function answerJobs<Job>(run: (job: Job) => Promise<object>): void {
  process.on('disconnect', () => process.exit())
  process.on('message', (job: Job) => {
    run(job).then(
      (result) => process.send?.(result),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.stack : String(error) }),
    )
  })
}
