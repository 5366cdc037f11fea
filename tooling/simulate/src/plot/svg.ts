type Attributes = Readonly<Record<string, string | number>>

/** A number as it is written: short, and the same everywhere. */
export function fixed(value: number): string {
  return String(Math.round(value * 10) / 10)
}

export function element(name: string, attributes: Attributes, content?: string): string {
  const list = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? fixed(value) : value}"`)
    .join('')
  return content === undefined ? `<${name}${list}/>` : `<${name}${list}>${content}</${name}>`
}

export function text(content: string, attributes: Attributes): string {
  return element('text', { fill: '#222222', ...attributes }, content.replaceAll('&', '&amp;').replaceAll('<', '&lt;'))
}
