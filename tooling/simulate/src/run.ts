// npm run x -- pnpm simulate [--seed 1] [--out docs/simulations]
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { balancingFigures, hedgingFigures, outageFigures } from './figures.ts'
import { balancingSettings } from './scenarios/balancing.ts'
import { hedgingSettings } from './scenarios/hedging.ts'
import { outageSettings } from './scenarios/outage.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: fileURLToPath(new URL('../../../docs/simulations', import.meta.url)) },
  },
})
const seed = Number(values.seed)
if (!Number.isInteger(seed)) throw new Error('--seed takes a whole number')

// Hundreds of thousands of calls fail here as they should; nobody reads where.
Error.stackTraceLimit = 0

const startedAt = performance.now()
const all = [
  await outageFigures({ ...outageSettings, seed }),
  await hedgingFigures({ ...hedgingSettings, seed }),
  await balancingFigures({ ...balancingSettings, seed }),
]
const tables = all.flatMap((figures) => figures.tables).map(({ title, table }) => `## ${title}\n\n${table}\n`)
const readme = `# Simulations\n
Written by \`npm run x -- pnpm simulate\`, seed ${seed}; the same seed gives the same bytes. What they show:
[How not to take your dependency down](../resilience-under-load.md). The models: \`tooling/simulate/src\`.\n
${tables.join('\n')}`

mkdirSync(values.out, { recursive: true })
writeFileSync(path.join(values.out, 'README.md'), readme)
for (const { files } of all) {
  for (const [name, svg] of Object.entries(files)) writeFileSync(path.join(values.out, name), svg)
}
console.log(tables.join('\n'))
console.log(`${values.out}: written in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
