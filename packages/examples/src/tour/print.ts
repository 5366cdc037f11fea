import { inspect, styleText } from 'node:util'
import type { Exchange } from './wire.ts'

const colours = process.stdout.isTTY && process.env['NO_COLOR'] === undefined

type Format = Parameters<typeof styleText>[0]

export function paint(format: Format, text: string): string {
  return colours ? styleText(format, text, { validateStream: false }) : text
}

/** A labelled entry; further lines go under the first. */
export function entry(label: string, text: string): void {
  const [first = '', ...more] = text.split('\n')
  console.log(`   ${paint('dim', label.padEnd(8))}${first}`)
  for (const line of more) console.log(`   ${' '.repeat(8)}${line}`)
}

export function heading(text: string): void {
  console.log(`\n${paint(['bold', 'cyan'], text)}`)
}

/** Text as it is, anything else as the console shows it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { colors: colours, breakLength: 90, depth: 4 })
}

export function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`
}

/** An exchange as lines: what came in behind `>`, what went out behind `<`. */
export function wireLines(exchange: Exchange): string {
  const { connection, requestLine, headers, status, complete, bytesIn, bytesOut } = exchange
  const answer = status === undefined ? 'no answer' : `${status}${complete ? '' : ', cut off'}`
  return [
    `${paint('green', `> ${requestLine}`)}  ${paint('dim', `(connection ${connection})`)}`,
    ...headers.map((line) => paint('green', `> ${line}`)),
    `${paint('yellow', `< ${answer}`)}  ${paint('dim', `(${bytesIn} bytes in, ${bytesOut} out)`)}`,
  ].join('\n')
}
