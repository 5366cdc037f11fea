import os from 'node:os'
import process from 'node:process'
import { readOptions } from './options.ts'
import { verdict } from './report/goal.ts'
import { scenarios } from './scenarios/scenarios.ts'

const options = readOptions(process.argv.slice(2))
const unknown = options.scenarios.filter((name) => scenarios.every((scenario) => scenario.name !== name))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; known: ${scenarios.map(({ name }) => name).join(', ')}`)
  process.exit(1)
}

const where = options.isolate ? 'a process for each client and round' : 'one process for all clients'
console.log(`Node ${process.version}, ${os.availableParallelism()} cores, ${options.rounds} rounds, ${where}`)
for (const scenario of scenarios) {
  if (options.scenarios.length > 0 && !options.scenarios.includes(scenario.name)) continue
  console.log(`\n## ${scenario.name}: ${scenario.about}\n`)
  try {
    const { table, goals } = await scenario.run(options)
    console.log(`${table}\n`)
    for (const goal of goals) console.log(verdict(goal))
  } catch (error) {
    // The others can be measured all the same.
    console.error(error)
    process.exitCode = 1
  }
}
