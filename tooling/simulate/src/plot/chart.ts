import type { Scale } from './scale.ts'
import { element, fixed, text } from './svg.ts'

export interface Line {
  readonly name: string
  readonly color: string
  /** What is drawn, by its length and gaps. @defaultValue no gaps */
  readonly dashes?: string
  /** Of those that lie below others. @defaultValue 2 */
  readonly width?: number
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Chart {
  readonly title: string
  readonly x: Scale
  readonly y: Scale
  readonly lines: readonly Line[]
  /** A stretch of the x axis that is shaded. */
  readonly band?: { readonly from: number; readonly to: number; readonly label: string }
}

/** Told apart by people who do not see all colours, too (Okabe and Ito). */
export const colors = { grey: '#9a9a9a', red: '#d55e00', blue: '#0072b2', green: '#009e73' } as const

const width = 760
const height = 360
const plot = { left: 66, right: 722, top: 68, bottom: 312 }

/** The chart as an SVG that shows the same on light and on dark pages. */
export function draw(chart: Chart): string {
  const { title, x, y, lines, band } = chart
  const atX = (value: number): number => plot.left + x.place(value) * (plot.right - plot.left)
  const atY = (value: number): number => plot.bottom - y.place(value) * (plot.bottom - plot.top)
  const parts = [
    element('rect', { width, height, fill: '#ffffff' }),
    text(title, { x: 16, y: 26, 'font-size': 15, 'font-weight': 'bold' }),
    ...(band === undefined ? [] : bandParts(band, atX)),
    ...y.ticks.flatMap(({ value, label }) => [
      element('line', { x1: plot.left, x2: plot.right, y1: atY(value), y2: atY(value), stroke: '#e2e2e2' }),
      text(label, { x: plot.left - 8, y: atY(value) + 4, 'text-anchor': 'end' }),
    ]),
    ...x.ticks.flatMap(({ value, label }) => [
      element('line', { x1: atX(value), x2: atX(value), y1: plot.bottom, y2: plot.bottom + 5, stroke: '#222222' }),
      text(label, { x: atX(value), y: plot.bottom + 20, 'text-anchor': 'middle' }),
    ]),
    element('line', { x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom, stroke: '#222222' }),
    text(x.label, { x: (plot.left + plot.right) / 2, y: height - 10, 'text-anchor': 'middle' }),
    text(y.label, {
      x: 18,
      y: (plot.top + plot.bottom) / 2,
      'text-anchor': 'middle',
      transform: `rotate(-90 18 ${fixed((plot.top + plot.bottom) / 2)})`,
    }),
    ...lines.map((line) => lineOf(line, atX, atY)),
    ...legend(lines),
  ]
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
    'font-family': 'system-ui, sans-serif',
    'font-size': 12,
  }
  return `${element('svg', attributes, `\n${[element('title', {}, title), ...parts].join('\n')}\n`)}\n`
}

function bandParts(band: NonNullable<Chart['band']>, atX: (value: number) => number): string[] {
  const [from, to] = [atX(band.from), atX(band.to)]
  return [
    element('rect', { x: from, y: plot.top, width: to - from, height: plot.bottom - plot.top, fill: '#f6e3d3' }),
    text(band.label, { x: (from + to) / 2, y: plot.top + 14, 'text-anchor': 'middle', fill: '#8a4b1a' }),
  ]
}

function lineOf(
  { color, dashes, width: stroke = 2, points }: Line,
  atX: (x: number) => number,
  atY: (y: number) => number,
): string {
  return element('polyline', {
    points: points.map(([x, y]) => `${fixed(atX(x))},${fixed(atY(y))}`).join(' '),
    fill: 'none',
    stroke: color,
    'stroke-width': stroke,
    'stroke-linejoin': 'round',
    ...(dashes === undefined ? {} : { 'stroke-dasharray': dashes }),
  })
}

/** One row above the plot. */
function legend(lines: readonly Line[]): string[] {
  let x = plot.left
  return lines.flatMap(({ name, color, dashes }) => {
    const from = x
    // About what the letters of this size need.
    x += 34 + name.length * 6.6 + 20
    const dashed = dashes === undefined ? {} : { 'stroke-dasharray': dashes }
    return [
      element('line', { x1: from, x2: from + 26, y1: 48, y2: 48, stroke: color, 'stroke-width': 3, ...dashed }),
      text(name, { x: from + 34, y: 52 }),
    ]
  })
}
