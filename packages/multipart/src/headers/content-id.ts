/** `<a@b>` -> `a@b` */
export function bareId(text: string | undefined): string | undefined {
  const trimmed = text?.trim()
  return trimmed?.startsWith('<') === true && trimmed.endsWith('>') ? trimmed.slice(1, -1) : trimmed
}
