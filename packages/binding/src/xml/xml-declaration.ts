const versionPart = /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')/y
const encodingPart = /[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[A-Za-z][A-Za-z0-9._-]*"|'[A-Za-z][A-Za-z0-9._-]*')/y
const standalonePart = /[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)')/y

/** Where `declaration`, an XML declaration without its closing `?>`, is not one; -1 if it is (XML 1.0 §2.8). */
export function declarationFault(declaration: string): number {
  let end = partEnd(versionPart, declaration, 0)
  if (end === 0) return '<?xml'.length
  end = partEnd(encodingPart, declaration, end)
  end = partEnd(standalonePart, declaration, end)
  return declaration.slice(end).trim() === '' ? -1 : end
}

/** Behind `part` at `from`, or `from` where it is not there. */
function partEnd(part: RegExp, text: string, from: number): number {
  part.lastIndex = from
  return part.test(text) ? part.lastIndex : from
}
