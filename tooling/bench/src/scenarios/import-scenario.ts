import path from 'node:path'
import { installedSize } from '../imports/installed-size.ts'
import type { ImportJob, ImportSample } from '../imports/import-worker.ts'
import { startChild } from '../load/child.ts'
import { median } from '../report/median.ts'
import { table } from '../report/table.ts'
import type { Scenario } from './scenario.ts'

const HALYARD = '@halyard/client'
const names = [HALYARD, 'undici', 'got', 'axios', 'ky', 'ofetch', 'superagent']
const unwanted = ['zod', 'busboy', 'fast-xml-parser']
const worker = path.join(import.meta.dirname, '../imports/import-worker.ts')

/** What it takes to load a client at all: CPU in a fresh process, modules, bytes installed. */
export const importScenario: Scenario = {
  name: 'import',
  about: 'cold import in a fresh process, and size',
  run: async ({ quick }) => {
    const taken = new Map<string, number[]>(names.map((name) => [name, []]))
    for (let round = 0; round < (quick ? 5 : 15); round++) {
      const from = round % names.length
      for (const name of [...names.slice(from), ...names.slice(0, from)]) {
        taken.get(name)?.push((await importOnce({ name, list: false })).cpuMillis)
      }
    }
    const own = taken.get(HALYARD) ?? []
    const ratio = (name: string): number =>
      median((taken.get(name) ?? []).map((millis, round) => (own[round] ?? Number.NaN) / millis))
    const rows: string[][] = []
    for (const [name, millis] of taken) {
      const { modules } = await importOnce({ name, list: true })
      const { bytes, packages } = installedSize(name, import.meta.dirname)
      rows.push([
        name,
        median(millis).toFixed(0),
        String(modules.filter((url) => url.startsWith('file:')).length),
        (bytes / 1024).toFixed(0),
        String(packages),
        name === HALYARD ? '' : ratio(name).toFixed(2),
      ])
    }
    const { modules } = await importOnce({ name: HALYARD, list: true })
    const loaded = unwanted.filter((name) => modules.some((url) => url.includes(`/node_modules/${name}/`)))
    return {
      table: table(['package', 'ms CPU', 'files loaded', 'KiB installed', 'packages', 'halyard: CPU x'], rows),
      goals: [
        { what: 'CPU of undici', value: ratio('undici'), atMost: 1.25 },
        { what: `of ${unwanted.join(', ')} loaded`, value: loaded.length, atMost: 0, unit: '' },
      ],
    }
  },
}

async function importOnce(job: ImportJob): Promise<ImportSample> {
  const child = startChild(worker)
  try {
    return (await child.ask(job, 30_000)) as ImportSample
  } finally {
    child.stop()
  }
}
