import type { Chapter } from './chapter.ts'
import { breaker } from './chapters/breaker.ts'
import { busy } from './chapters/busy.ts'
import { download } from './chapters/download.ts'
import { events } from './chapters/events.ts'
import { failure } from './chapters/failure.ts'
import { formats } from './chapters/formats.ts'
import { killed } from './chapters/killed.ts'
import { middleware } from './chapters/middleware.ts'
import { record } from './chapters/record.ts'
import { save } from './chapters/save.ts'
import { sending } from './chapters/sending.ts'
import { stats } from './chapters/stats.ts'
import { statuses } from './chapters/statuses.ts'
import { timeout } from './chapters/timeout.ts'
import { upload } from './chapters/upload.ts'

/** The chapters, in order. */
export const contents: readonly Chapter[] = [
  record,
  formats,
  sending,
  failure,
  statuses,
  timeout,
  busy,
  breaker,
  killed,
  middleware,
  download,
  upload,
  save,
  events,
  stats,
]
